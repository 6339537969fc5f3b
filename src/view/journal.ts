/** What the nodes wrote down of the operations on them. Pure. */
import type { JournalStep, OperationRecord, Standing } from '../apply/journal.ts';
import { formatSeconds } from '../quantity.ts';
import type { HeldLock } from '../shell/answers.ts';
import type { Page } from './diagnostics.ts';
import type { Style } from './paint.ts';
import { printable, printableLines } from './printable.ts';
import { count, wrap } from './wrap.ts';

const colours: Readonly<Record<Standing, Style>> = {
  done: 'green',
  runs: 'cyan',
  'not-begun': 'dim',
  failed: 'red',
  refused: 'yellow',
  unknown: 'red',
};

/** Who holds a node now, since when, and by which mark `unlock` knows the lock. */
export function lockText(node: string, lock: HeldLock, { paint, columns }: Page): string {
  const { leaseLeftSeconds: left, heldForSeconds, running, nonce } = lock;
  const lease =
    left >= 0 ? `its lease lasts ${formatSeconds(left)} more` : `its lease ran out ${formatSeconds(-left)} ago`;
  const who = `${printable(lock.owner)}@${printable(lock.host)} (process ${lock.pid})`;
  const text = `${printable(node)} is held by ${who} for ${formatSeconds(heldForSeconds)}: ${printable(lock.title)}; ${lease}; ${running ? 'a step of it runs' : 'nothing of it runs'}; nonce ${printable(nonce)}`;
  return `${wrap(text, columns)
    .map((line) => paint('yellow', line))
    .join('\n')}\n`;
}

/** Newest first. `whole`: with every step, else a line for each operation. */
export function journalText(operations: readonly OperationRecord[], whole: boolean, page: Page): string {
  if (operations.length === 0) return 'No operation is written down.\n';
  return operations
    .map(
      (one) =>
        `${[headLine(one, page), ...(whole ? one.steps.flatMap((step) => stepLines(step, page)) : [])].join('\n')}\n`,
    )
    .join('');
}

function headLine({ operation, title, owner, host, nodes, steps }: OperationRecord, { paint, columns }: Page): string {
  const worst =
    (['failed', 'unknown', 'refused', 'runs', 'not-begun'] as const).find((is) =>
      steps.some((step) => step.standing === is),
    ) ?? 'done';
  const about = `${count(steps.length, 'step')} on ${nodes.map(printable).join(', ')}, by ${printable(owner)}@${printable(host)}`;
  const length = operation.length + worst.length + title.length + about.length + 6;
  const rest = length > columns ? `\n    ${paint('dim', about)}` : `  ${paint('dim', about)}`;
  return `${printable(operation)}  ${paint(colours[worst], worst.padEnd(9))}  ${printable(title)}${rest}`;
}

function stepLines({ id, title, standing, said = '' }: JournalStep, { paint }: Page): readonly string[] {
  const output = said.trim() === '' ? [] : printableLines(said.trim()).map((line) => `    | ${line}`);
  return [`  ${paint(colours[standing], standing.padEnd(9))}  ${printable(id)}: ${printable(title)}`, ...output];
}
