/** One script on one channel, from the first byte to a Reply. Knows nothing of the library that carries it. */
import { type Duplex, Readable } from 'node:stream';
import type { Listening, Reply } from './connection.ts';
import type { Launch } from './launch.ts';
import { Output, outputLimit } from './output.ts';
import type { Redact } from './redact.ts';
import { SudoGate } from './sudo-gate.ts';

/** A channel of SSH after its exec was confirmed. `exit` and `close` say a number, or null and the name of a signal (H5). */
export type Channel = Duplex & { readonly stderr: Readable; close(): void };

export type Opened = { readonly channel: Channel } | { readonly why: string };

/** The open connection, as a conversation sees it. */
export interface Carrier {
  /** Starts the line on the node, at most once. `wanted` is asked before: who gave up while waiting starts nothing. */
  open(line: string, wanted: () => boolean): Promise<Opened>;
  /** Calls back when the connection is gone, at once when it is gone already. The result takes the wish back. */
  onLost(listener: (why: string) => void): () => void;
}

type Ending = { readonly code: number } | { readonly why: string };

export function converse(carrier: Carrier, launch: Launch, listening: Listening, redact: Redact): Promise<Reply> {
  return new Promise((resolve) => new Conversation(carrier, launch, listening, redact, resolve).start());
}

class Conversation {
  readonly #carrier: Carrier;
  readonly #launch: Launch;
  readonly #listening: Listening;
  readonly #redact: Redact;
  readonly #resolve: (reply: Reply) => void;
  readonly #stdout = new Output();
  readonly #stderr = new Output();
  readonly #undo: (() => void)[] = [];
  #channel: Channel | undefined;
  #bytes = 0;
  #exit: { readonly code: number | null | undefined; readonly signal?: string } | undefined;
  #settled = false;
  readonly #sudo: SudoGate | undefined;
  #ended = 0;
  /** Bytes on their way to whoever takes them, one packet after another. */
  #giving: Promise<void> = Promise.resolve();

  constructor(carrier: Carrier, launch: Launch, listening: Listening, redact: Redact, resolve: (reply: Reply) => void) {
    this.#carrier = carrier;
    this.#launch = launch;
    this.#listening = listening;
    this.#redact = redact;
    this.#resolve = resolve;
    this.#sudo = launch.cues === undefined ? undefined : new SudoGate(launch.cues);
  }

  start(): void {
    const { signal, deadlineSeconds } = this.#listening;
    if (signal?.aborted) {
      this.#settle({ why: 'it was interrupted before anything was sent' });
      return;
    }
    const timer = setTimeout(() => this.#settle({ why: this.#late() }), deadlineSeconds * 1000);
    const interrupt = () => this.#settle({ why: 'it was interrupted here; what runs on the node goes on' });
    signal?.addEventListener('abort', interrupt, { once: true });
    this.#undo.push(() => clearTimeout(timer));
    this.#undo.push(() => signal?.removeEventListener('abort', interrupt));
    const ignoreLoss = this.#carrier.onLost((why) => this.#settle({ why: `the connection was lost: ${why}` }));
    this.#undo.push(ignoreLoss);
    if (this.#settled) {
      ignoreLoss();
      return;
    }
    this.#carrier
      .open(this.#launch.line, () => !this.#settled)
      .then(
        (opened) => ('why' in opened ? this.#settle(opened) : this.#talk(opened.channel)),
        (cause: unknown) => this.#settle({ why: `the channel could not be used: ${String(cause)}` }),
      );
  }

  #talk(channel: Channel): void {
    this.#channel = channel;
    if (this.#settled) {
      channel.resume().on('error', () => undefined);
      channel.stderr.resume();
      channel.close();
      return;
    }
    channel.on('error', (cause: Error) => this.#settle({ why: `the channel failed: ${cause.message}` }));
    channel.on('data', (chunk: Buffer) => this.#hear(chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#hearError(chunk));
    const heardExit = (code?: number | null, signal?: string) => {
      this.#exit = { code, ...(signal === undefined ? {} : { signal }) };
    };
    channel.on('exit', heardExit);
    // A fast command has exited before we listen: `close` says the status again. Both streams must have come to their
    // end: the last words on stderr may arrive after those on stdout (H6).
    channel.on('close', (code?: number | null, signal?: string) => {
      heardExit(code, signal);
      this.#closed();
    });
    channel.stderr.on('end', () => this.#closed());
    if (this.#sudo === undefined) this.#sendStdin(channel);
  }

  #hear(chunk: Buffer): void {
    const { onBytes } = this.#listening;
    if (onBytes !== undefined) {
      this.#give(chunk, onBytes);
      return;
    }
    if (!this.#takes(chunk)) return;
    for (const line of this.#stdout.take(chunk)) {
      const answer = this.#listening.onLine?.(this.#redact(line));
      if (answer === 'stop') this.#settle({ why: 'it was left here; what runs on the node goes on' });
      if (this.#settled) return;
    }
  }

  /** Nothing more is taken from the line meanwhile, so that the node waits. */
  #give(chunk: Buffer, take: NonNullable<Listening['onBytes']>): void {
    if (this.#settled) return;
    this.#channel?.pause();
    this.#giving = this.#giving.then(async () => {
      if (this.#settled) return;
      const answer = await take(chunk);
      if (answer === 'stop') this.#settle({ why: 'it was left here' });
      else this.#channel?.resume();
    });
  }

  #hearError(chunk: Buffer): void {
    if (!this.#takes(chunk)) return;
    this.#stderr.take(chunk);
    if (this.#sudo?.began === false && this.#channel !== undefined) this.#watchSudo(this.#sudo, this.#channel);
  }

  /** What comes after the end, or beyond the limit, is drained and dropped. */
  #takes(chunk: Buffer): boolean {
    if (this.#settled) return false;
    this.#bytes += chunk.length;
    if (this.#bytes <= outputLimit) return true;
    this.#settle({ why: `it printed more than ${outputLimit} bytes` });
    return false;
  }

  #watchSudo(gate: SudoGate, channel: Channel): void {
    const heard = gate.hear(this.#stderr.text);
    if (heard === 'began') {
      this.#stderr.forget(gate.saidBefore);
      this.#sendStdin(channel);
    } else if (heard === 'give up') {
      channel.end();
    } else if (heard !== 'wait') {
      channel.write(heard.answer);
    }
  }

  #sendStdin(channel: Channel): void {
    const { input } = this.#listening;
    if (input === undefined) {
      channel.end(this.#launch.stdin ?? '');
      return;
    }
    channel.write(this.#launch.stdin ?? '');
    const source = Readable.from(input, { objectMode: false });
    this.#undo.push(() => source.destroy());
    source.on('error', (cause: Error) => this.#settle({ why: `its input failed: ${cause.message}` }));
    source.pipe(channel);
  }

  #closed(): void {
    if (++this.#ended < 2) return;
    if (this.#listening.onBytes === undefined) this.#settle(this.#ending());
    else void this.#giving.then(() => this.#settle(this.#ending()));
  }

  #ending(): Ending {
    const exit = this.#exit;
    if (this.#sudo?.began === false) return { why: this.#sudo.refusal(this.#stderr.text) };
    if (typeof exit?.code === 'number') return { code: exit.code };
    if (exit?.signal !== undefined) return { why: `it was ended on the node by signal ${exit.signal}` };
    return { why: 'the node closed the channel without an exit status' };
  }

  #late(): string {
    const status =
      typeof this.#exit?.code === 'number' ? `; exit status ${this.#exit.code} came, but its output never ended` : '';
    return `it did not end within ${this.#listening.deadlineSeconds} s${status}`;
  }

  #settle(ending: Ending): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const undo of this.#undo) undo();
    if (!('code' in ending)) this.#channel?.close();
    this.#channel?.resume();
    const texts = { stdout: this.#redact(this.#stdout.text), stderr: this.#redact(this.#stderr.text) };
    const reply: Reply =
      'code' in ending
        ? { outcome: 'exited', code: ending.code, ...texts }
        : { outcome: 'unknown', why: this.#redact(ending.why), ...texts };
    // Whoever takes bytes may still have some in hand.
    if (this.#listening.onBytes === undefined) this.#resolve(reply);
    else void this.#giving.then(() => this.#resolve(reply));
  }
}
