/** The sign of a step, the same in every view: what it does to what is there. */
import type { Step } from '../step.ts';
import type { Style } from './paint.ts';

export type Sign = '+' | '~' | '!' | '-' | '?';

export const signStyle: Readonly<Record<Sign, Style>> = {
  '+': 'green',
  '~': 'yellow',
  '!': 'magenta',
  '-': 'red',
  '?': 'cyan',
};

/** What each sign means, for the foot of a plan. */
export const signMeaning: Readonly<Record<Sign, string>> = {
  '+': 'create',
  '~': 'change',
  '!': 'interrupts',
  '-': 'destroys data',
  '?': 'only asks',
};

/** Verbs of the kinds (their first word: `create-metadata`) that bring something into being; all others change what is there. */
const creating = new Set(['create', 'install', 'load', 'start', 'write', 'up', 'seed', 'enable']);

export function signOf(step: Step): Sign {
  if (step.danger === 'destroys') return '-';
  if (step.danger === 'interrupts') return '!';
  if (step.actions.every((action) => action.do === 'wait')) return '?';
  if (step.actions.some((action) => action.do === 'remove' || (action.do === 'write' && action.before !== null)))
    return '~';
  return creating.has(verbOf(step)) ? '+' : '~';
}

function verbOf({ id }: Step): string {
  return id.slice(id.lastIndexOf('#') + 1).split('-')[0] ?? '';
}
