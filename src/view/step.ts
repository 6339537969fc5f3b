/** One step of a plan for people: what, why, what it risks, what it waits for, what it asks first, what it does. */
import type { Guard } from '../shell/command.ts';
import type { Step, StepId } from '../step.ts';
import { actionText } from './action.ts';
import type { Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { signOf, signStyle } from './sign.ts';
import { count, wrap } from './wrap.ts';

export function stepText(step: Step, byId: ReadonlyMap<StepId, Step>, page: Page): string {
  const { paint } = page;
  const sign = signOf(step);
  const lines = [
    ...(saysItself(step) ? [] : prose(step.title, page).map((line) => paint('bold', line))),
    ...(step.reason === undefined ? [] : prose(`why: ${step.reason}`, page).map((line) => paint('dim', line))),
    ...dangerLines(step, page),
    ...elsewhere(step, byId).map((need) => paint('cyan', `after ${need}`)),
    ...step.guards.flatMap((guard) => guardLine(guard, page)),
    ...step.actions.flatMap((action) => actionText(action, page)),
  ];
  const id = `  ${paint([signStyle[sign], 'bold'], sign)} ${paint(signStyle[sign], printable(step.id))}`;
  return `${[id, ...lines.map((line) => `    ${line}`)].join('\n')}\n`;
}

/** `write /etc/x` above `write /etc/x (mode 0644, 9 lines)` would be said twice. */
function saysItself({ title, actions }: Step): boolean {
  const [first] = actions;
  return first?.do === 'write' && title === `write ${first.path}`;
}

function dangerLines({ danger, destroys, redundancy }: Step, page: Page): readonly string[] {
  const warn = (text: string): readonly string[] => prose(text, page).map((line) => page.paint('yellow', line));
  return [
    ...(danger === 'destroys' ? warn(`destroys data: ${printable(destroys ?? 'what it names')}`) : []),
    ...(danger === 'interrupts' ? warn('interrupts a service while it runs') : []),
    ...(redundancy === undefined
      ? []
      : warn(`redundancy: ${copies(redundancy.copies)} until ${printable(redundancy.until)}`)),
  ];
}

function copies(number: number): string {
  return number === 0 ? 'no up-to-date copy' : count(number, 'up-to-date copy', 'up-to-date copies');
}

/**
 * Needs on other nodes: those on the same node are the steps above. What one of them needs itself goes without saying;
 * a step of the same thing is named without the thing.
 */
function elsewhere(step: Step, byId: ReadonlyMap<StepId, Step>): readonly string[] {
  const thing = `${step.id.split('@')[0]}@`;
  const foreign = step.needs.flatMap((id) => byId.get(id) ?? []).filter((need) => need.node !== step.node);
  const implied = new Set<StepId>();
  const open = [...foreign];
  for (let need = open.pop(); need !== undefined; need = open.pop()) {
    for (const id of need.needs) {
      const further = byId.get(id);
      if (further === undefined || implied.has(id)) continue;
      implied.add(id);
      open.push(further);
    }
  }
  return foreign
    .filter(({ id }) => !implied.has(id))
    .map(({ id }) => printable(id.startsWith(thing) ? id.slice(thing.length) : id));
}

function guardLine(guard: Guard, page: Page): readonly string[] {
  const [first = '', ...rest] = wrap(printable(guard.proves), page.columns - 14);
  return [`only if: ${first}`, ...rest.map((line) => `         ${line}`)].map((line) => page.paint('dim', line));
}

function prose(text: string, page: Page): readonly string[] {
  return wrap(printable(text), page.columns - 4);
}
