/** The way back from a playbook that broke off, as a playbook: planned from a new look, never the old steps backwards. Pure. */
import type { StepOutcome } from '../apply/events.ts';
import { canonical } from '../plan/digest.ts';
import type { StepId } from '../step.ts';
import type { Bound, BoundCall } from './bind.ts';
import type { Compiled } from './compile.ts';

/** The undo of each step that began or may have begun, the last first, each once; without steps there is nothing to undo. */
export function undoing(bound: Bound, { acts }: Compiled, outcomes: ReadonlyMap<StepId, StepOutcome>): Bound {
  const began = bound.steps.filter((_, at) => acts[at]?.some((id) => mayHaveBegun(outcomes.get(id))));
  const undos = new Map<string, BoundCall<Bound['steps'][number]['verb']>>();
  for (const { undo } of began.reverse()) {
    if (undo !== undefined) undos.set(`${undo.name} ${canonical(undo.given)}`, undo);
  }
  return { ...bound, require: [], steps: [...undos.values()], verify: [] };
}

/** A refused step did nothing, and one that was not reached even less. */
function mayHaveBegun(outcome: StepOutcome | undefined): boolean {
  return outcome?.is === 'done' || outcome?.is === 'failed' || outcome?.is === 'unknown';
}
