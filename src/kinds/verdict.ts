/** What a kind answers for one thing: steps, words, or both. Below kinds and verbs, which both answer so. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Step } from '../step.ts';

/** A step before the planner gave it its id and resolved what it needs. */
export interface StepDraft extends Omit<Step, 'id' | 'needs'> {
  /** The last part of the id: `create`, `grow`. Unique for the thing and node. */
  readonly verb: string;
  /**
   * Beyond the thing's own needs and the previous draft of the same thing on the same node: `bravo#up` for a draft of the
   * same thing, or the address of another thing. What names no step of this plan is already as wished.
   */
  readonly needs?: readonly string[];
}

/** What a kind answers for one thing. No steps and no errors: it is as wished. */
export interface Verdict {
  readonly steps: readonly StepDraft[];
  readonly diagnostics: readonly Diagnostic[];
}

export const asWished: Verdict = { steps: [], diagnostics: [] };

export function steps(...drafts: readonly StepDraft[]): Verdict {
  return { steps: drafts, diagnostics: [] };
}

export function refuse(...diagnostics: readonly Diagnostic[]): Verdict {
  return { steps: [], diagnostics };
}
