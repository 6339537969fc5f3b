/** Reads what the scripts about the lock answer. A line that is damaged or missing is no answer: nothing is guessed. */
import type { ProbeOutputs } from './command.ts';
import { fromWord } from './frame.ts';
import { parseObserved } from './observe.ts';

/** Who holds a node. Seconds are those of the node's own uptime. */
export interface Held {
  readonly nonce: string;
  readonly operation: string;
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  readonly title: string;
}

export interface HeldLock extends Held {
  /** Negative when the lease ran out. */
  readonly leaseLeftSeconds: number;
  readonly heldForSeconds: number;
  /** A batch of it still runs, or a command that a killed batch left. */
  readonly running: boolean;
}

export type ClaimAnswer =
  | { readonly is: 'claimed'; readonly tookOverFrom?: Held; readonly outputs: ProbeOutputs }
  | { readonly is: 'held'; readonly by: HeldLock };

export function parseClaim(boundary: string, stdout: string, stderr: string): ClaimAnswer | undefined {
  const [is, ...words] = answerOf(stdout, ['claimed', 'held']);
  if (is === 'claimed') {
    const outputs = parseObserved(boundary, stdout, stderr);
    const from = words.length === 0 ? undefined : parseHeld(words);
    if (words.length > 0 && from === undefined) return undefined;
    return { is, outputs, ...(from === undefined ? {} : { tookOverFrom: from }) };
  }
  const by = is === 'held' ? parseHeldLock(words) : undefined;
  return by === undefined ? undefined : { is: 'held', by };
}

export function parseRenewed(stdout: string): 'renewed' | 'lost' | undefined {
  return answerOf(stdout, ['renewed', 'lost'])[0];
}

/** `other`: the lock is gone or somebody else's. `running`: it stays, because something of it still runs. */
export function parseReleased(stdout: string): 'released' | 'other' | 'running' | undefined {
  return answerOf(stdout, ['released', 'other', 'running'])[0];
}

/** `LEFT AGE yes|no NONCE OPERATION OWNER HOST PID TITLE`. */
export function parseHeldLock(words: readonly string[]): HeldLock | undefined {
  const [left = '', age = '', running, ...rest] = words;
  const held = parseHeld(rest);
  if (held === undefined || !/^-?\d+$/.test(left) || !/^-?\d+$/.test(age)) return undefined;
  if (running !== 'yes' && running !== 'no') return undefined;
  return { ...held, leaseLeftSeconds: Number(left), heldForSeconds: Number(age), running: running === 'yes' };
}

function parseHeld([nonce, operation, owner, host, pid = '', title, ...rest]: readonly string[]): Held | undefined {
  if (nonce === undefined || operation === undefined || title === undefined || rest.length > 0 || !/^\d+$/.test(pid)) {
    return undefined;
  }
  return { nonce, operation, owner: fromWord(owner), host: fromWord(host), pid: Number(pid), title: fromWord(title) };
}

/** The words after `sanctl` of the first line that is one of ours; a greeting of the login shell may stand before it. */
function answerOf<Word extends string>(stdout: string, known: readonly Word[]): [Word, ...string[]] | [undefined] {
  for (const line of stdout.split('\n')) {
    const [mark, is, ...words] = line.split(' ');
    const word = known.find((one) => one === is);
    if (mark === 'sanctl' && word !== undefined) return [word, ...words];
  }
  return [undefined];
}
