/**
 * A backup that is kept on another node (src/shell/keep.ts): one conversation, in which each part is sent with its checksum and
 * counts once the node has said so. What comes through this machine is not kept here.
 */
import { createHash } from 'node:crypto';
import { type KeepFrame, keepBegins, keepHead } from '../shell/keep.ts';
import type { Keep } from '../shell/script.ts';
import type { Listening, Reply } from '../transport/connection.ts';
import { type BackupDisk, type DiskOrigin, type Manifest, type Origin, partsOf } from './manifest.ts';
import type { Keeper } from './stream.ts';

/** The node ended the conversation, or its line is lost, before all was said. */
export class Gone extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(reply.outcome === 'unknown' ? reply.why : reply.stderr.trim() || `it ended with ${reply.code}`);
    this.reply = reply;
  }
}

/** Frames that the node has not answered: so much of this machine's memory at most. */
const mostUnanswered = 6;
/** Seconds of one conversation; another one goes on. */
const keepSeconds = 86_400;
/** Of what a login shell says, too. */
const longestLine = 65_536;

/** One disk, as far as it is on the node by all that is known here. */
export class DistantDisk implements Keeper {
  readonly origin: DiskOrigin;
  parts: string[] = [];
  /** To whom a part is given. */
  send: (part: Uint8Array | 'zeros') => Promise<void> = () => Promise.reject(new Error('nobody listens'));

  constructor(origin: DiskOrigin) {
    this.origin = origin;
  }

  get volume(): string {
    return this.origin.volume;
  }

  get bytes(): number {
    return this.origin.bytes;
  }

  get at(): number {
    return this.parts.length;
  }

  keep(part: Uint8Array | 'zeros'): Promise<void> {
    return this.send(part);
  }
}

type Run = (script: Keep, listening: Listening) => Promise<Reply>;

export class Distant {
  /** Why it is over. */
  gone: Gone | undefined;
  readonly #disks: readonly DistantDisk[];
  #began = false;
  /** It is there under its name, with the manifest that was sent before. */
  #sealed = false;
  /** What the node says that it has, while it reads it back. */
  #found: string[][];
  /** How often it has said all of that. */
  #read = 0;
  #sums: string[] = [];
  #unanswered = 0;
  #queue: Uint8Array[] = [];
  #closed = false;
  #text = '';
  #waiting: (() => void)[] = [];

  constructor(disks: readonly DistantDisk[]) {
    this.#disks = disks;
    this.#found = disks.map(() => []);
    for (const [at, disk] of disks.entries()) disk.send = (part) => this.#send(at, disk, part);
  }

  /** `whole`: what was sent before has come to its end. Throws Gone, as all of these do. */
  async open(run: Run, script: Keep, signal: AbortSignal): Promise<'open' | 'whole'> {
    const onBytes = async (bytes: Uint8Array): Promise<'stop' | undefined> => this.#take(bytes);
    const talking = run(script, { onBytes, input: this.#input(), deadlineSeconds: keepSeconds, signal });
    void talking.then((reply) => {
      this.gone = new Gone(reply);
      this.#tell();
    });
    await this.#until(() => this.#read > 0 || this.#sealed);
    for (const [at, disk] of this.#disks.entries()) disk.parts = this.#found[at] ?? [];
    return this.#sealed ? 'whole' : 'open';
  }

  /** It flushes all, reads it back, and says its sums; the manifest makes it whole. `seal`: called before that is sent. */
  async finish(origin: Origin, made: string, seal: (manifest: Manifest, text: string) => void): Promise<void> {
    this.#found = this.#disks.map(() => []);
    this.#say({ is: 'end' });
    await this.#until(() => this.#sums.length === this.#disks.length);
    const disks = this.#disks.map((disk, at): BackupDisk => {
      if (String(this.#found[at]) !== String(disk.parts) || disk.at !== partsOf(disk.bytes))
        throw new Error(`${disk.volume} is not what was sent`);
      return { ...disk.origin, sha256: this.#sums[at] ?? '', parts: disk.parts };
    });
    const manifest: Manifest = { ...origin, made, disks };
    const text = `${JSON.stringify(manifest)}\n`;
    seal(manifest, text);
    this.#say({ is: 'manifest', bytes: Buffer.byteLength(text) }, Buffer.from(text));
    await this.#until(() => this.#sealed);
  }

  /** What was sent is kept there first; then the node hears that nothing more comes, and ends. */
  async close(): Promise<void> {
    const isGone = (): boolean => this.gone !== undefined;
    while (this.#unanswered > 0 && !isGone()) await this.#change();
    this.#closed = true;
    this.#tell();
    while (!isGone()) await this.#change();
  }

  async #send(at: number, disk: DistantDisk, part: Uint8Array | 'zeros'): Promise<void> {
    await this.#until(() => this.#unanswered < mostUnanswered);
    const word = part === 'zeros' ? part : createHash('sha256').update(part).digest('hex');
    this.#unanswered += 1;
    if (part === 'zeros') this.#say({ is: 'zeros', disk: at, at: disk.at });
    else this.#say({ is: 'part', disk: at, at: disk.at, sha256: word, bytes: part.length }, part);
    disk.parts.push(word);
  }

  #say(frame: KeepFrame, data?: Uint8Array): void {
    this.#queue.push(Buffer.from(keepHead(frame)), ...(data === undefined ? [] : [data]));
    this.#tell();
  }

  #take(bytes: Uint8Array): 'stop' | undefined {
    const [last = '', ...lines] = `${this.#text}${Buffer.from(bytes).toString('latin1')}`.split('\n').reverse();
    this.#text = last;
    const isStrange = last.length > longestLine || lines.reverse().some((line) => !this.#hear(line));
    this.#tell();
    return isStrange ? 'stop' : undefined;
  }

  /** False: it is not understood. */
  #hear(line: string): boolean {
    const [is = '', at = '', word = ''] = line.split(' ');
    if (!this.#began) this.#began = line === keepBegins;
    else if (is === 'have') this.#found[Number(at)]?.push(word);
    else if (is === 'there') this.#read += 1;
    else if (is === 'whole' && Number(at) === this.#sums.length) this.#sums.push(word);
    else if (is === 'kept' && this.#unanswered > 0) this.#unanswered -= 1;
    else if (is === 'kept') this.#sealed = true;
    else return false;
    return true;
  }

  async *#input(): AsyncGenerator<Uint8Array> {
    while (!this.#closed && this.gone === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) await this.#change();
      else yield next;
    }
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.gone !== undefined) throw this.gone;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one();
  }
}
