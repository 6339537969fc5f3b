/** Progress as one line for each event: for logs, pipes and terminals that cannot move their cursor. */
import type { ApplyEvent } from '../apply/events.ts';
import { formatSeconds } from '../quantity.ts';
import type { Step, StepId } from '../step.ts';
import { printable } from './printable.ts';
import { count } from './wrap.ts';

/** What an event is about and what it says, for people; undefined when there is nothing new in it. */
export interface EventWords {
  readonly node: string;
  readonly text: string;
}

/** Turns events into words. It remembers the last answer of each wait: the same answer again is nothing new. */
export function eventWords(steps: ReadonlyMap<StepId, Step>): (event: ApplyEvent) => EventWords | undefined {
  const answers = new Map<StepId, string>();
  return (event) => {
    if (event.is === 'waiting') {
      const answer = lastLine(event.answer);
      if (answers.get(event.step) === answer) return undefined;
      answers.set(event.step, answer);
    }
    const node = 'node' in event ? event.node : 'step' in event ? (steps.get(event.step)?.node ?? '') : '';
    return { node: printable(node), text: textOf(event, steps) };
  };
}

function textOf(event: ApplyEvent, steps: ReadonlyMap<StepId, Step>): string {
  switch (event.is) {
    case 'claiming':
      return 'takes the lock';
    case 'claimed':
      return event.tookOverFrom === undefined
        ? 'has the lock'
        : `has the lock, taken over from ${printable(event.tookOverFrom.owner)} on ${printable(event.tookOverFrom.host)}, whose lease ran out`;
    case 'began':
      return `began ${printable(event.step)}: ${printable(steps.get(event.step)?.title ?? '')}`;
    case 'waiting':
      return `waits until ${printable(event.what)}${atMost(steps.get(event.step), event.what)}; now: ${lastLine(event.answer)}`;
    case 'done':
      return `done ${printable(event.step)}`;
    case 'refused':
      return `refused ${printable(event.step)}: not proven that ${printable(event.proves)}`;
    case 'failed':
      return `failed ${printable(event.step)}: exit ${event.code}: ${lastLine(event.output)}`;
    case 'unknown':
      return `unknown ${printable(event.step)}: ${printable(event.why)}`;
    case 'not-reached':
      return `not reached: ${count(event.steps.length, 'step')}`;
    case 'node-lost':
      return `lost: ${printable(event.why)}; asking again`;
    case 'node-reconnected':
      return 'reached again';
    case 'node-busy':
      return 'still runs a batch of before; asking again';
    case 'lock-lost':
      return 'the lock is no longer ours: nothing else begins there, nor what rests on it';
    case 'stopping':
      return 'stopping: what runs now ends, nothing else begins';
  }
}

/** ` (at most 1 min)`: how long that wait lasts, by the step. */
function atMost(step: Step | undefined, what: string): string {
  const wait = step?.actions.find((action) => action.do === 'wait' && action.what === what);
  return wait?.do === 'wait' ? ` (at most ${formatSeconds(wait.timeoutSeconds)})` : '';
}

function lastLine(text: string): string {
  return printable(text.trimEnd().split('\n').at(-1)?.trim() ?? '') || '(nothing)';
}

/** `[  12 s] alpha: done volume/web-root@alpha#create`. */
export function plainLine({ node, text }: EventWords, seconds: number): string {
  return `[${String(Math.floor(seconds)).padStart(4)} s] ${node === '' ? '' : `${node}: `}${text}\n`;
}
