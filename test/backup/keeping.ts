/** A node that keeps a backup: the script in a real shell (test/shell/node.ts), over a line that can be cut after any byte. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { render } from '../../src/shell/render.ts';
import type { Script } from '../../src/shell/script.ts';
import type { Connection, Listening, Reply } from '../../src/transport/connection.ts';
import type { TestNode } from '../shell/node.ts';

export interface Keeping {
  /** Bytes that reach the node, after which its line is lost; each conversation takes the next one. */
  readonly cuts?: number[];
  /** Once, the line is lost before this word is heard with nothing behind it. */
  deaf?: 'kept';
  /** Programs of its own. */
  readonly path?: string;
  /** A byte of the first part is another one. */
  readonly spoil?: true;
  /** Nothing reaches the node until then. */
  readonly hold?: AbortSignal;
}

export class KeepingNode {
  conversations = 0;
  readonly #node: TestNode;
  readonly #manners: Keeping;

  constructor(node: TestNode, manners: Keeping) {
    this.#node = node;
    this.#manners = manners;
  }

  get connection(): Connection {
    return { node: 'bravo', close: () => undefined, run: (script, listening) => this.#run(script, listening) };
  }

  /** Until somebody has the lock of a folder. */
  async untilHeld(folder: string): Promise<void> {
    while (spawnSync('flock', ['-n', folder, 'true']).status === 0 || spawnSync('test', ['-d', folder]).status !== 0)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** What only asks, whole; cut off where the next conversation is to be. */
  async #ask(script: Script, onBytes: NonNullable<Listening['onBytes']>): Promise<Reply> {
    const { code, stdout, stderr } = await this.#node.run(script);
    const cut = this.#manners.cuts?.shift();
    await onBytes(Buffer.from(stdout).subarray(0, cut));
    if (cut !== undefined || code === null) return { outcome: 'unknown', why: 'reset', stdout: '', stderr: '' };
    return { outcome: 'exited', code, stdout: '', stderr };
  }

  async #run(script: Script, { onBytes, input, signal }: Listening): Promise<Reply> {
    if (script.do === 'sums' && onBytes !== undefined) return this.#ask(script, onBytes);
    if (script.do !== 'keep' || onBytes === undefined || input === undefined)
      throw new Error(`not expected: ${script.do}`);
    this.conversations += 1;
    const { cuts = [], path, spoil, hold } = this.#manners;
    const own = this.#node.layout;
    const layout = path === undefined ? own : { ...own, path: `${path}:${own.path}` };
    const { command } = render(script, () => '', layout);
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'pipe'] });
    const closed = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdin.on('error', () => undefined);
    let lost: string | undefined;
    const lose = (why: string): void => {
      lost ??= why;
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    };
    signal?.addEventListener('abort', () => lose('it was interrupted'), { once: true });
    if (signal?.aborted) lose('it was interrupted');
    const hearing = (async () => {
      for await (const bytes of child.stdout) {
        if (this.#manners.deaf === 'kept' && String(bytes) === 'kept\n' && this.#sealed(script)) {
          delete this.#manners.deaf;
          return lose('the line was lost');
        }
        if ((await onBytes(bytes as Buffer)) === 'stop') return lose('it was left here');
      }
    })().catch(() => undefined);
    const cut = cuts.shift();
    const saying = (async () => {
      if (hold !== undefined && !hold.aborted) await once(hold, 'abort');
      let said = 0;
      let isSpoilt = spoil !== true;
      for await (const data of input) {
        const bytes = Buffer.from(data);
        if (!isSpoilt && bytes.length > 1000) {
          bytes[7] = (bytes[7] ?? 0) ^ 1;
          isSpoilt = true;
        }
        const left = cut === undefined ? bytes.length : Math.min(bytes.length, cut - said);
        if (child.stdin.writable) child.stdin.write(bytes.subarray(0, left));
        said += left;
        if (cut !== undefined && said >= cut) {
          child.stdin.end();
          await closed;
          return lose('the line was lost');
        }
      }
      child.stdin.end();
    })();
    if (cut === 0) lose('the line was lost');
    const [code] = (await closed) as [number | null];
    await hearing;
    void saying;
    if (lost !== undefined || code === null)
      return { outcome: 'unknown', why: lost ?? 'it was killed', stdout: '', stderr };
    return { outcome: 'exited', code, stdout: '', stderr };
  }

  /** Its folder has its name. */
  #sealed({ folder, name }: Extract<Script, { do: 'keep' }>): boolean {
    return spawnSync('test', ['-e', `${folder}/${name}/manifest.json`]).status === 0;
  }
}
