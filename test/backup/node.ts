/** A node that reads snapshots, as src/shell/read.ts does; its line can be cut after any byte. */
import { createHash } from 'node:crypto';
import { lengthOf, partsOf } from '../../src/backup/manifest.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Read, Script } from '../../src/shell/script.ts';
import type { Connection, Listening, Reply } from '../../src/transport/connection.ts';

export interface Manners {
  /** Bytes of the answer after which the line is lost; each conversation takes the next one. */
  readonly cuts?: number[];
  /** Done to the whole answer. */
  readonly spoil?: (answer: Buffer) => Buffer;
  readonly code?: number;
  readonly stderr?: string;
}

export class ReadingNode {
  /** Every conversation: which parts it was to begin with. */
  readonly asked: (readonly number[])[] = [];
  /** Bytes that each said. */
  readonly said: number[] = [];
  readonly #disks: readonly Buffer[];
  readonly #manners: Manners;

  constructor(disks: readonly Buffer[], manners: Manners = {}) {
    this.#disks = disks;
    this.#manners = manners;
  }

  get connection(): Connection {
    return { node: 'alpha', close: () => undefined, run: (script, listening) => this.#run(script, listening) };
  }

  answer({ disks }: Read): Buffer {
    const frames = disks.flatMap(({ bytes, from }, at) => [
      Buffer.from(`disk ${at} ${from}\n`),
      ...this.#parts(at, bytes, from),
    ]);
    return Buffer.concat([Buffer.from('Welcome to alpha.\n\nsanctl read\n'), ...frames, Buffer.from('end\n')]);
  }

  #parts(disk: number, bytes: number, from: number): readonly Buffer[] {
    return Array.from({ length: partsOf(bytes) - from }, (_, offset) => {
      const at = from + offset;
      const part = this.#disks[disk]?.subarray(at * partBytes, at * partBytes + lengthOf(at, bytes)) ?? Buffer.alloc(0);
      if (part.equals(Buffer.alloc(part.length))) return Buffer.from(`zeros ${at}\n`);
      return Buffer.concat([Buffer.from(`part ${at} ${createHash('sha256').update(part).digest('hex')}\n`), part]);
    });
  }

  async #run(script: Script, { onBytes, signal }: Listening): Promise<Reply> {
    if (script.do !== 'read' || onBytes === undefined) throw new Error(`not expected: ${script.do}`);
    const { cuts = [], spoil = (answer) => answer, code = 0, stderr = '' } = this.#manners;
    this.asked.push(script.disks.map(({ from }) => from));
    const cut = cuts.shift();
    const answer = spoil(this.answer(script)).subarray(0, cut);
    this.said.push(answer.length);
    // Packets of a size that fits nothing.
    for (let at = 0; at < answer.length; at += 30_011) {
      if (signal?.aborted) return lost('it was interrupted');
      if ((await onBytes(answer.subarray(at, at + 30_011))) === 'stop') return lost('it was left here');
    }
    return cut === undefined ? { outcome: 'exited', code, stdout: '', stderr } : lost('the line was cut');
  }
}

function lost(why: string): Reply {
  return { outcome: 'unknown', why, stdout: '', stderr: '' };
}
