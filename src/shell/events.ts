/**
 * What a batch says while it runs: one line for each event, on the node's disk first and then on the line, so that a
 * reader who comes back later reads the same. Free text travels as base64: no output of a command can forge an event.
 */
export type BatchEvent =
  | { readonly is: 'began'; readonly step: number }
  /**
   * A guard did not hold: nothing of this step was done, and none of the later ones began. `guard` is the number of
   * guards where the file that the first action replaces or removes is not the one that the plan saw (C8).
   */
  | { readonly is: 'refused'; readonly step: number; readonly guard: number; readonly answer: string }
  /** The last answer of a wait that goes on. */
  | { readonly is: 'waiting'; readonly step: number; readonly action: number; readonly answer: string }
  | { readonly is: 'done'; readonly step: number }
  | {
      readonly is: 'failed';
      readonly step: number;
      readonly action: number;
      readonly code: number;
      readonly output: string;
    }
  /** Before `step`, or in a wait of it: the operator asked to stop. Before `step`: the node's lock is no longer ours. */
  | { readonly is: 'halted'; readonly step: number; readonly why: 'stop' | 'lock' }
  /** Another batch still runs on this node: nothing was begun. */
  | { readonly is: 'busy' }
  /** The last event, always, of a batch that came to its own end. */
  | { readonly is: 'ended' }
  /** Follow only: nothing of this batch runs any more and it never said `ended` (power, kill). What began last is unknown. */
  | { readonly is: 'gone' };

/** Every event line begins so. */
export const eventMark = 'sanctl';

const plain = new Set(['began', 'done']);
const bare = new Set(['busy', 'ended', 'gone']);

/** The event of a line, or undefined when the line is none: nothing is guessed from a damaged line. */
export function parseEvent(line: string): BatchEvent | undefined {
  const [mark, is, ...rest] = line.trimEnd().split(' ');
  if (mark !== eventMark || is === undefined) return undefined;
  const number = (at: number): number | undefined => (/^\d+$/.test(rest[at] ?? '') ? Number(rest[at]) : undefined);
  const step = number(0);
  if (bare.has(is)) return rest.length === 0 ? ({ is } as BatchEvent) : undefined;
  if (step === undefined) return undefined;
  if (plain.has(is)) return rest.length === 1 ? ({ is, step } as BatchEvent) : undefined;
  const second = number(1);
  if (is === 'halted') return rest[1] === 'stop' || rest[1] === 'lock' ? { is, step, why: rest[1] } : undefined;
  if (second === undefined) return undefined;
  if (is === 'refused') return { is, step, guard: second, answer: decode(rest[2]) };
  if (is === 'waiting') return { is, step, action: second, answer: decode(rest[2]) };
  const code = number(2);
  if (is === 'failed' && code !== undefined) return { is, step, action: second, code, output: decode(rest[3]) };
  return undefined;
}

/** The line of an event; the inverse of `parseEvent`. */
export function formatEvent(event: BatchEvent): string {
  const words: (string | number)[] = [eventMark, event.is];
  if ('step' in event) words.push(event.step);
  if (event.is === 'refused') words.push(event.guard, encode(event.answer));
  if (event.is === 'waiting') words.push(event.action, encode(event.answer));
  if (event.is === 'failed') words.push(event.action, event.code, encode(event.output));
  if (event.is === 'halted') words.push(event.why);
  return words.join(' ');
}

/** An empty text is `-`: a field is never empty. */
function encode(text: string): string {
  return text === '' ? '-' : Buffer.from(text, 'utf8').toString('base64');
}

function decode(text: string | undefined): string {
  return text === undefined || text === '-' ? '' : Buffer.from(text, 'base64').toString('utf8');
}
