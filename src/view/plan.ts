/** The plan for people: by node and in order, with every command, guard and file difference. Pure. */
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../step.ts';
import { diagnosticsText, type Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { type Sign, signMeaning, signOf, signStyle } from './sign.ts';
import { stepText } from './step.ts';
import { tableText } from './table.ts';
import { count, wrap } from './wrap.ts';

/** The whole plan; a plan without steps is one sentence, and what else was noticed. */
export function planText(plan: Plan, page: Page): string {
  const nodes = nodesOf(plan);
  const body =
    plan.steps.length === 0
      ? [nothingToDo(plan, page)]
      : [headerText(plan, page), ...nodes.map((node) => nodeText(node, plan, page))];
  const notes = diagnosticsText(plan.diagnostics, page);
  return [...body, undeclaredText(plan, page), ...(notes === '' ? [] : [notes.replace(/\n$/, '')])]
    .filter((part) => part !== '')
    .join('\n');
}

/** Those with steps, in the order of the inventory. */
export function nodesOf(plan: Pick<Plan, 'site' | 'steps'>): readonly string[] {
  const used = new Set(plan.steps.map((step) => step.node));
  return [
    ...Object.keys(plan.site.nodes).filter((node) => used.has(node)),
    ...[...used].filter((node) => !(node in plan.site.nodes)),
  ];
}

function nothingToDo(plan: Plan, page: Page): string {
  const nodes = Object.keys(plan.site.nodes).filter((node) => !plan.options.without.includes(node)).length;
  return `Nothing to do: ${count(plan.things, 'thing')} on ${count(nodes, 'node')} ${plan.things === 1 ? 'is' : 'are'} as wished.\n${withoutText(
    plan,
    page,
  )
    .map((line) => `${line}\n`)
    .join('')}`;
}

/** What was left out is told in every plan, or an empty one would pass for the whole site. */
function withoutText({ options }: Plan, { paint }: Page): readonly string[] {
  if (options.without.length === 0) return [];
  return [paint('yellow', `Without ${options.without.map(printable).join(', ')} and all that depends on it.`)];
}

function headerText(plan: Plan, page: Page): string {
  const { paint, columns } = page;
  const nodes = nodesOf(plan);
  const title = `Plan for ${printable(plan.site.name)}: ${count(plan.steps.length, 'step')} on ${count(nodes.length, 'node')}`;
  const files = plan.steps
    .flatMap((step) => step.actions)
    .filter((action) => action.do === 'write' || action.do === 'remove').length;
  const bare = plan.steps.filter((step) => step.redundancy !== undefined).length;
  const facts = [
    ...nodes.map((node) => `${printable(node)} ${plan.steps.filter((step) => step.node === node).length}`),
    ...(files === 0 ? [] : [count(files, 'file')]),
    ...(bare === 0 ? [] : [`${count(bare, 'step')} with reduced redundancy`]),
    ...(plan.steps.some((step) => step.danger !== 'none') ? [] : ['nothing is interrupted or destroyed']),
  ];
  const lines = [
    paint('bold', title),
    ...wrap(facts.join(' · '), columns - 2).map((line) => `  ${line}`),
    `  ${legend(plan, page)}`,
  ];
  if (plan.offline)
    lines.push(`  ${paint('yellow', 'Made offline, for blank nodes: what is really there was not looked at.')}`);
  lines.push(...withoutText(plan, page).map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

/** `+ 9 create  ~ 2 change  ! 1 interrupts`: only the signs that occur. */
function legend({ steps }: Plan, { paint }: Page): string {
  const signs = steps.map(signOf);
  return (Object.keys(signMeaning) as Sign[])
    .filter((sign) => signs.includes(sign))
    .map(
      (sign) =>
        `${paint([signStyle[sign], 'bold'], sign)} ${signs.filter((one) => one === sign).length} ${signMeaning[sign]}`,
    )
    .join('  ');
}

function nodeText(node: string, plan: Plan, page: Page): string {
  const steps = plan.steps.filter((step) => step.node === node);
  const name = ` ${printable(node)} · ${count(steps.length, 'step')} `;
  const rule = '─'.repeat(Math.max(3, Math.min(page.columns, 100) - name.length - 2));
  const byId = new Map<string, Step>(plan.steps.map((step) => [step.id, step]));
  const head = `${page.paint('dim', '──')}${page.paint('bold', name)}${page.paint('dim', rule)}`;
  return `${head}\n\n${steps.map((step) => stepText(step, byId, page)).join('\n')}`;
}

function undeclaredText({ undeclared }: Plan, page: Page): string {
  if (undeclared.length === 0) return '';
  const title = page.paint('bold', 'Present but undeclared: reported, never touched');
  const rows = undeclared.map(({ node, kind, name, detail }) => [node, `${kind}/${name}`, detail]);
  return `${title}\n${tableText(['node', 'thing', 'what'], rows, page)}`;
}
