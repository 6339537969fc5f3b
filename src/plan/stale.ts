/** Has the world moved since a plan looked at it (C4)? Pure. */
import { type Diagnostic, error } from '../diagnostic.ts';
import type { NodeName } from '../step.ts';
import type { Digest, Plan } from './plan.ts';

/** One diagnostic for a node whose facts differ from those the plan rests on; none when they are the same. */
export function movedSince(plan: Plan, node: NodeName, now: Readonly<Record<string, Digest>>): readonly Diagnostic[] {
  const then = plan.facts[node];
  if (then === undefined) return [];
  const moved = Object.keys({ ...then, ...now }).filter((kind) => then[kind] !== now[kind]);
  if (moved.length === 0) return [];
  return [
    error(
      'plan/stale',
      'The plan is stale',
      `On ${node}, what the plan rests on is no longer as it was seen: ${moved.join(', ')}. Nothing was touched.`,
      { help: 'Plan again with `sanctl plan` and look at what it says now.' },
    ),
  ];
}
