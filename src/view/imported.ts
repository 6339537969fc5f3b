/** `sanctl import`: what was found, and what taking it over would do. Pure. */
import type { Draft } from '../adopt/draft.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import { quote } from '../shell/quote.ts';
import type { Page } from './diagnostics.ts';
import { count, wrap } from './wrap.ts';

export interface ImportTold {
  readonly draft: Draft;
  /** None: it could not be made yet. */
  readonly plan: Plan | undefined;
  readonly adopt: readonly string[];
  /** None: the text was printed. */
  readonly file: string | undefined;
}

/** Above the inventory itself: where it comes from, and what is not in it. */
export function headOf(words: readonly string[], findings: readonly Diagnostic[]): string {
  const missing = findings.filter(({ severity }) => severity !== 'note');
  return [
    `Written by \`sanctl import ${words.map(quote).join(' ')}\` from what stands on these nodes (docs/import.md).`,
    ...(missing.length === 0 ? [] : ['What could not be said as it is:']),
    ...missing.map(({ code, detail }) => `- ${detail.split('\n').join(' ')} [${code}]`),
  ].join('\n');
}

export function importedText({ draft, plan, adopt, file = 'FILE' }: ImportTold, { columns, paint }: Page): string {
  const { nodes, groups, volumes, vms } = draft;
  const counts = [
    count(nodes.length, 'node'),
    count(groups.length, 'volume group'),
    count(volumes.length, 'volume'),
    count(vms.length, 'virtual machine'),
  ];
  const next = `sanctl plan ${quote(file)}${adopt.map((word) => ` --adopt ${quote(word)}`).join('')}`;
  const lines = [`Imported: ${counts.join(', ')}. Nothing on the nodes was touched.`, ...planLines(plan)];
  const text = lines.flatMap((line) => wrap(line, columns)).join('\n');
  return plan?.steps.length === 0 && adopt.length === 0
    ? `${text}\n`
    : `${text}\n\n  ${paint('bold', next)}\n\nshows it, and \`sanctl apply\` with the same words does it.\n`;
}

function planLines(plan: Plan | undefined): readonly string[] {
  if (plan === undefined) return ['A plan of it could not be made yet, for the reasons above.'];
  if (plan.steps.length === 0) return ['Its plan is empty: all of it is as wished.'];
  const danger = plan.steps.some((step) => step.danger !== 'none')
    ? 'SOME INTERRUPT OR DESTROY'
    : 'none of them interrupts or destroys anything';
  return [`Its plan has ${count(plan.steps.length, 'step')} to take over what is there; ${danger}.`];
}

export function importedJson({ plan, adopt, file }: ImportTold, inventory: string): object {
  return {
    version: 1,
    type: 'import',
    ...(file === undefined ? { inventory } : { file }),
    adopt,
    ...(plan === undefined ? {} : { steps: plan.steps.map(({ id, danger }) => ({ id, danger })) }),
  };
}
