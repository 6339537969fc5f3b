/** What a person sees while an apply runs: rows on a terminal, lines elsewhere, JSON for programs. One is chosen once. */
import type { ApplyEvent } from '../apply/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { NodeName, Step, StepId } from '../step.ts';
import type { Rows } from './live.ts';
import { eventWords, plainLine } from './plain.ts';
import { nodesOf } from './plan.ts';
import { printable } from './printable.ts';
import type { Screen } from './screen.ts';

export interface Progress {
  tell(event: ApplyEvent): void;
  /** Gives the screen back. */
  close(): Promise<void>;
}

/** `seconds` since the apply began. */
export function linesProgress(plan: Plan, screen: Screen, seconds: () => number): Progress {
  const words = eventWords(stepsOf(plan));
  return {
    tell(event) {
      const said = words(event);
      if (said !== undefined) screen.print(plainLine(said, seconds()));
    },
    close: async () => undefined,
  };
}

export function jsonProgress(screen: Screen): Progress {
  return { tell: (event) => screen.json({ version: 1, type: 'event', ...event }), close: async () => undefined };
}

/** `alpha 2/7` and below it what runs there; a row ends with its node's last step. */
export function rowsProgress(plan: Plan, rows: Rows): Progress {
  const steps = stepsOf(plan);
  const words = eventWords(steps);
  const lanes = new Map(nodesOf(plan).map((node) => [node, newLane(node, plan)]));
  for (const lane of lanes.values()) rows.title(lane.node, titleOf(lane));
  return {
    tell(event) {
      const said = words(event);
      for (const node of nodesIn(event, steps)) {
        const lane = lanes.get(node);
        if (lane !== undefined) advance(lane, event, said?.text, steps, rows);
      }
    },
    close() {
      // A row that is only closed would look done.
      for (const lane of lanes.values())
        if (lane.over < lane.all) rows.end(lane.node, 'left', `${titleOf(lane)} the rest was not reached`);
      return rows.close();
    },
  };
}

interface Lane {
  readonly node: NodeName;
  readonly all: number;
  done: number;
  /** Steps that have an outcome. */
  over: number;
  trouble: string | undefined;
}

function newLane(node: NodeName, plan: Plan): Lane {
  return { node, all: plan.steps.filter((step) => step.node === node).length, done: 0, over: 0, trouble: undefined };
}

function advance(
  lane: Lane,
  event: ApplyEvent,
  said: string | undefined,
  steps: ReadonlyMap<StepId, Step>,
  rows: Rows,
): void {
  if (event.is === 'done') lane.done++;
  if (isEnd(event)) lane.over++;
  if (isEnd(event) && event.is !== 'done') lane.trouble = said;
  if (event.is === 'not-reached') lane.over += event.steps.filter((id) => steps.get(id)?.node === lane.node).length;
  const now = event.is === 'began' ? steps.get(event.step)?.title : event.is === 'done' ? undefined : said;
  rows.title(lane.node, titleOf(lane));
  if (now !== undefined) rows.now(lane.node, printable(now));
  if (lane.over < lane.all) return;
  if (lane.trouble !== undefined) rows.end(lane.node, 'failed', `${titleOf(lane)} ${lane.trouble}`);
  else if (lane.done === lane.all) rows.end(lane.node, 'done', titleOf(lane));
  else rows.end(lane.node, 'left', `${titleOf(lane)} the rest was not reached`);
}

function isEnd({ is }: ApplyEvent): boolean {
  return is === 'done' || is === 'failed' || is === 'refused' || is === 'unknown';
}

function titleOf({ node, done, all }: Lane): string {
  return `${printable(node)} ${done}/${all}`;
}

function nodesIn(event: ApplyEvent, steps: ReadonlyMap<StepId, Step>): readonly NodeName[] {
  if ('node' in event) return [event.node];
  if (event.is === 'stopping') return [...new Set([...steps.values()].map((step) => step.node))];
  const ids = event.is === 'not-reached' ? event.steps : [event.step];
  return [...new Set(ids.flatMap((id) => steps.get(id)?.node ?? []))];
}

function stepsOf(plan: Plan): ReadonlyMap<StepId, Step> {
  return new Map(plan.steps.map((step) => [step.id, step]));
}
