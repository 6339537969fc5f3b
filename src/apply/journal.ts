/** What ran, as the nodes themselves tell it: there is no other memory of it. */
import { error, failed, ok, type Result } from '../diagnostic.ts';
import type { BatchEvent } from '../shell/events.ts';
import { type JournalBatch, type JournalOperation, type NodeJournal, parseJournal } from '../shell/journal-answer.ts';
import type { NodeName } from '../step.ts';
import type { Connection } from '../transport/connection.ts';

const journalSeconds = 60;

export interface JournalWish {
  /** One operation; the newest ones unless given. */
  readonly operation?: string;
  readonly limit: number;
}

export async function readJournal(connection: Connection, wish: JournalWish): Promise<Result<NodeJournal>> {
  const reply = await connection.run({ do: 'journal', ...wish }, { deadlineSeconds: journalSeconds });
  if (reply.outcome === 'exited' && reply.code === 0) return ok(parseJournal(reply.stdout));
  const why = reply.outcome === 'unknown' ? reply.why : `exit status ${reply.code}: ${reply.stderr.trim()}`;
  return failed(error('journal/unread', 'A journal could not be read', `${connection.node}: ${why}.`));
}

/** How a step stands by the journal alone. `runs`: its batch has not ended. `unknown`: it began and nobody saw its end. */
export type Standing = 'done' | 'failed' | 'refused' | 'runs' | 'unknown' | 'not-begun';

export interface JournalStep {
  readonly node: NodeName;
  readonly id: string;
  readonly title: string;
  readonly standing: Standing;
  /** What a failed command or a guard said. */
  readonly said?: string;
}

/** An operation over all the nodes that it touched. */
export interface OperationRecord extends Omit<JournalOperation, 'batches'> {
  readonly nodes: readonly NodeName[];
  readonly steps: readonly JournalStep[];
}

/** Newest first: the names of operations begin with their time. */
export function operationsOf(journals: ReadonlyMap<NodeName, NodeJournal>): readonly OperationRecord[] {
  const found = new Map<string, OperationRecord>();
  for (const [node, journal] of [...journals].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const { batches, ...header } of journal.operations) {
      const before = found.get(header.operation);
      const steps = batches.flatMap((batch) => stepsOf(node, batch));
      found.set(header.operation, {
        ...(before ?? header),
        nodes: [...(before?.nodes ?? []), node],
        steps: [...(before?.steps ?? []), ...steps],
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.operation < b.operation ? 1 : -1));
}

function stepsOf(node: NodeName, { steps, events }: JournalBatch): readonly JournalStep[] {
  const over = events.some(({ is }) => is === 'ended' || is === 'gone');
  return steps.map(({ id, title }, at) => {
    const own = events.filter((event) => 'step' in event && event.step === at + 1);
    const said = own.flatMap(saidBy).at(-1);
    return { node, id, title, standing: standing(own, over), ...(said === undefined ? {} : { said }) };
  });
}

function standing(own: readonly BatchEvent[], over: boolean): Standing {
  for (const { is } of own) if (is === 'done' || is === 'failed' || is === 'refused') return is;
  if (own.some(({ is }) => is === 'halted')) return own.some(({ is }) => is === 'began') ? 'failed' : 'not-begun';
  if (own.length > 0) return over ? 'unknown' : 'runs';
  return 'not-begun';
}

function saidBy(event: BatchEvent): readonly string[] {
  if (event.is === 'failed') return [event.output];
  return event.is === 'refused' ? [event.answer] : [];
}
