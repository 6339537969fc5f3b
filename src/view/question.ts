/** The last question before anything is touched. Pure. */
import type { Plan } from '../plan/plan.ts';
import { nodesOf } from './plan.ts';
import { count } from './wrap.ts';

/** `Apply these 14 steps on 2 nodes? Type yes:`, with what they would destroy or interrupt. */
export function questionText(plan: Plan): string {
  const destroys = plan.steps.filter((step) => step.danger === 'destroys').length;
  const interrupts = plan.steps.filter((step) => step.danger === 'interrupts').length;
  const risks = [
    ...(destroys === 0 ? [] : [`${count(destroys, 'step')} ${destroys === 1 ? 'destroys' : 'destroy'} data`]),
    ...(interrupts === 0
      ? []
      : [`${count(interrupts, 'step')} ${interrupts === 1 ? 'interrupts' : 'interrupt'} a service`]),
  ];
  const risk = risks.length === 0 ? '' : ` ${risks.join(', ')}.`;
  const these = plan.steps.length === 1 ? 'this step' : `these ${plan.steps.length} steps`;
  return `\nApply ${these} on ${count(nodesOf(plan).length, 'node')}?${risk} Type yes:`;
}
