/** What a command prints, as it comes: decoded over packet boundaries, cut into lines, with a limit. */
import { StringDecoder } from 'node:string_decoder';

/** Bytes of stdout and stderr together: many times the facts of the largest node. More is a node gone mad (H6). */
export const outputLimit = 16 * 1024 * 1024;

export class Output {
  #text = '';
  #line = '';
  readonly #decoder = new StringDecoder('utf8');

  /** Takes a packet and says which lines it completed, without their ends. */
  take(chunk: Buffer): readonly string[] {
    const text = this.#decoder.write(chunk);
    this.#text += text;
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    return lines;
  }

  /** Leaves out the beginning of the text. */
  forget(characters: number): void {
    this.#text = this.#text.slice(characters);
  }

  get text(): string {
    return this.#text;
  }
}
