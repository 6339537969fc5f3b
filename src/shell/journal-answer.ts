/** Reads what a node prints of its journal. */
import { type HeldLock, parseHeldLock } from './answers.ts';
import { type BatchEvent, parseEvent } from './events.ts';

export interface JournalBatch {
  readonly batch: number;
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  readonly events: readonly BatchEvent[];
}

export interface JournalOperation {
  readonly operation: string;
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  readonly title: string;
  /** The node's own clock: for people only (T6). */
  readonly began: string;
  readonly batches: readonly JournalBatch[];
}

export interface NodeJournal {
  readonly lock?: HeldLock;
  readonly operations: readonly JournalOperation[];
  /** Lines of ours that could not be read: the journal is damaged there. */
  readonly damaged: readonly string[];
}

export function parseJournal(stdout: string): NodeJournal {
  const operations: (JournalOperation & { batches: JournalBatch[] })[] = [];
  const damaged: string[] = [];
  let lock: HeldLock | undefined;
  let events: BatchEvent[] | undefined;
  for (const line of stdout.split('\n').filter((one) => one.startsWith('sanctl '))) {
    const event = parseEvent(line);
    const found = event === undefined ? parseLine(line) : undefined;
    if (event !== undefined && events !== undefined) events.push(event);
    else if (found?.is === 'lock') lock = found.lock;
    else if (found?.is === 'operation') operations.push({ ...found.operation, batches: [] });
    else if (found?.is === 'batch' && operations.length > 0) {
      events = [];
      operations.at(-1)?.batches.push({ batch: found.batch, steps: found.steps, events });
    } else damaged.push(line);
  }
  return { operations, damaged, ...(lock === undefined ? {} : { lock }) };
}

type Line =
  | { readonly is: 'lock'; readonly lock: HeldLock }
  | { readonly is: 'operation'; readonly operation: Omit<JournalOperation, 'batches'> }
  | { readonly is: 'batch'; readonly batch: number; readonly steps: JournalBatch['steps'] };

function parseLine(line: string): Line | undefined {
  const [, is, ...words] = line.split(' ');
  if (is === 'lock') {
    const lock = parseHeldLock(words);
    return lock && { is, lock };
  }
  if (is === 'operation') {
    const operation = parseOperation(words.join(' '));
    return operation && { is, operation };
  }
  if (is === 'batch' && /^\d+$/.test(words[0] ?? '')) {
    const steps = parseSteps(words.slice(1).join(' '));
    return steps && { is, batch: Number(words[0]), steps };
  }
  return undefined;
}

function parseOperation(json: string): Omit<JournalOperation, 'batches'> | undefined {
  const read = parseObject(json);
  const text = (name: string): string | undefined => (typeof read?.[name] === 'string' ? read[name] : undefined);
  const [operation, owner, host, title, began] = ['operation', 'owner', 'host', 'title', 'began'].map(text);
  const pid = read?.['pid'];
  if (operation === undefined || owner === undefined || host === undefined) return undefined;
  if (title === undefined || began === undefined || typeof pid !== 'number') return undefined;
  return { operation, owner, host, pid, title, began };
}

function parseSteps(json: string): JournalBatch['steps'] | undefined {
  const steps = parseObject(json)?.['steps'];
  if (!Array.isArray(steps)) return undefined;
  return steps.map((step: unknown) => {
    const read = isObject(step) ? step : {};
    return { id: String(read['id']), title: String(read['title']) };
  });
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
