/** Plays a scenario on whatever nodes there are, and holds every outcome against what it says. */
import { expect } from 'vitest';
import type { Site } from '../../src/kinds/site.ts';
import type { Act, Scenario } from './scenarios.ts';

/** Two blank nodes, alpha and bravo, simulated or real. */
export interface Stage {
  /** Plans and, when there is a plan, applies it and waits until syncs have ended. */
  apply(site: Site, allowDestroy: readonly string[]): Promise<Outcome>;
  reboot(node: string): Promise<void>;
  type(node: string, argv: readonly [string, ...string[]]): Promise<void>;
}

export type Outcome =
  | { readonly is: 'refused'; readonly codes: readonly string[] }
  | { readonly is: 'applied'; readonly exit: number; readonly steps: readonly string[] };

export async function play(stage: Stage, { name, acts }: Scenario): Promise<void> {
  for (const [at, act] of acts.entries()) await perform(stage, act, `${name}, act ${at + 1}`);
}

async function perform(stage: Stage, act: Act, where: string): Promise<void> {
  if (act.do === 'reboot') return stage.reboot(act.node);
  if (act.do === 'type') return stage.type(act.node, act.argv);
  const outcome = await stage.apply(act.site, act.do === 'apply' ? (act.allowDestroy ?? []) : []);
  if (act.do === 'refuse') {
    expect(outcome, where).toEqual({ is: 'refused', codes: act.codes });
    return;
  }
  expect(outcome, where).toMatchObject({ is: 'applied', exit: act.exit });
  if (act.steps !== 'any' && outcome.is === 'applied')
    expect([...outcome.steps].sort(), where).toEqual([...act.steps].sort());
}
