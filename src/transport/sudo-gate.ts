/** Between sudo's prompt and the first word of the script: who may hear what (safety.md 4.2). Pure. */
import type { Launch } from './launch.ts';

type Cues = NonNullable<Launch['cues']>;

export class SudoGate {
  readonly #cues: Cues;
  #answered = false;
  /** The script runs: what comes now is its own, and it may have its stdin. */
  began = false;
  /** Characters of stderr that were sudo's. */
  saidBefore = 0;

  constructor(cues: Cues) {
    this.#cues = cues;
  }

  /**
   * What to do after all that came on stderr so far. The password goes once, and only after the prompt: without one, as
   * with NOPASSWD, it would be the script's own input. A second prompt means that it was wrong.
   */
  hear(stderr: string): 'began' | 'wait' | 'give up' | { readonly answer: string } {
    const at = stderr.indexOf(`${this.#cues.began}\n`);
    if (at >= 0) {
      this.began = true;
      this.saidBefore = at + this.#cues.began.length + 1;
      return 'began';
    }
    const prompts = stderr.split(this.#cues.prompt).length - 1;
    if (prompts === 0) return 'wait';
    if (prompts > 1 || this.#cues.password === undefined) return 'give up';
    if (this.#answered) return 'wait';
    this.#answered = true;
    return { answer: `${this.#cues.password}\n` };
  }

  /** Its reason for not starting the script. */
  refusal(stderr: string): string {
    const said = stderr.replaceAll(this.#cues.prompt, '').trim();
    return `sudo did not start it, nothing was done: ${said === '' ? 'it gave no reason' : said}`;
  }
}
