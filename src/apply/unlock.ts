/**
 * Gives a node back in place of a sanctl that is dead (C7): by the nonce that the operator saw, so that a lock taken
 * meanwhile by somebody else stays; and only when nothing of it runs, which the node itself proves.
 */
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import { type HeldLock, parseReleased } from '../shell/answers.ts';
import type { Connection } from '../transport/connection.ts';
import { readJournal } from './journal.ts';

const wordSeconds = 30;

/** Who holds the node; undefined when nobody does. */
export async function lockOf(connection: Connection): Promise<Result<HeldLock | undefined>> {
  const journal = await readJournal(connection, { limit: 1 });
  return journal.ok ? ok(journal.value.lock) : journal;
}

export async function unlock(connection: Connection, nonce: string): Promise<Result<'released'>> {
  const { node } = connection;
  const reply = await connection.run({ do: 'release', nonce }, { deadlineSeconds: wordSeconds });
  if (reply.outcome === 'unknown') return failed(problem(`${node} did not answer: ${reply.why}`, 'Ask again.'));
  const answer = reply.code === 0 ? parseReleased(reply.stdout) : undefined;
  switch (answer) {
    case 'released':
      return ok(answer);
    case 'running':
      return failed(
        problem(`A step of it still runs on ${node}.`, `\`sanctl journal ${node}\` shows it; wait for its end.`),
      );
    case 'other':
      return failed(problem(`The lock of ${node} is no longer the one that was shown.`, 'Look again.'));
    case undefined:
      return failed(problem(`${node}: exit status ${reply.code}: ${reply.stderr.trim()}`, 'Look at the node.'));
  }
}

function problem(detail: string, help: string): Diagnostic {
  return error('lock/not-released', 'The lock was not released', detail, { help });
}
