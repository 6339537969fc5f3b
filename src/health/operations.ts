/** Who works on the nodes now, by the locks that they hold (C7). Pure. */
import { type Diagnostic, warning } from '../diagnostic.ts';
import type { Health, Row } from '../kinds/health.ts';
import { formatSeconds } from '../quantity.ts';
import type { HeldLock } from '../shell/answers.ts';
import type { NodeName } from '../step.ts';

/** By node; undefined where nobody holds it. A node whose lock could not be read is missing. */
export type Locks = ReadonlyMap<NodeName, HeldLock | undefined>;

/** Nodes on which a sanctl is at work: it renews its lease, or a step of it still runs. */
export function working(locks: Locks): ReadonlySet<NodeName> {
  return new Set([...locks].flatMap(([node, lock]) => (lock !== undefined && isAtWork(lock) ? [node] : [])));
}

export function operations(locks: Locks): Health {
  const found = new Map<string, { readonly lock: HeldLock; readonly nodes: NodeName[] }>();
  for (const [node, lock] of locks) {
    if (lock === undefined) continue;
    const before = found.get(lock.nonce);
    if (before === undefined) found.set(lock.nonce, { lock, nodes: [node] });
    else before.nodes.push(node);
  }
  const all = [...found.values()];
  return {
    rows: all.map(({ lock, nodes }) => rowOf(lock, nodes)),
    findings: all.flatMap(({ lock, nodes }) => (isAtWork(lock) ? [] : nodes.map((node) => left(node, lock)))),
  };
}

function isAtWork({ leaseLeftSeconds, running }: HeldLock): boolean {
  return leaseLeftSeconds >= 0 || running;
}

function rowOf(lock: HeldLock, nodes: readonly NodeName[]): Row {
  const { operation, owner, host, title, heldForSeconds } = lock;
  const runs = isAtWork(lock);
  return {
    section: 'operation',
    name: operation,
    nodes,
    level: runs ? 'busy' : 'weak',
    state: runs ? 'at work' : 'left',
    detail: [title, `on ${nodes.join(', ')}`, `by ${owner}@${host}`, `for ${formatSeconds(heldForSeconds)}`],
    figures: [],
  };
}

function left(node: NodeName, { owner, host, title, leaseLeftSeconds }: HeldLock): Diagnostic {
  return warning(
    'lock/left',
    'A node is held by a sanctl that is no longer at work',
    `${node} is held by ${owner}@${host} for: ${title}. Its lease ran out ${formatSeconds(-leaseLeftSeconds)} ago, and nothing of it runs.`,
    {
      help: `The same command again takes over and goes on; \`sanctl unlock ${node}\` only gives the node back. \`sanctl journal ${node}\` says what was done.`,
    },
  );
}
