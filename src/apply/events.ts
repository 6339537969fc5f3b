/** What apply says while it runs and when it is over. The view shows it; nothing else is known about a run. */
import type { Diagnostic, ExitCode } from '../diagnostic.ts';
import type { Held } from '../shell/answers.ts';
import type { NodeName, StepId } from '../step.ts';

/** How a step ended. Only `done` and what `touches` says may have changed something. */
export type StepOutcome =
  | { readonly is: 'done' }
  /** A condition did not hold (or the node could not take the step): nothing of it was done. */
  | { readonly is: 'refused'; readonly proves: string; readonly answer: string }
  | { readonly is: 'failed'; readonly action: number; readonly code: number; readonly output: string }
  /** It began or may have begun, and how it ended could not be learned (C5). */
  | { readonly is: 'unknown'; readonly why: string }
  | { readonly is: 'not-reached'; readonly because: NotReached };

/** The step that it needed, or what happened to its node, to the lock of a node that it needs, or to the whole run. */
export type NotReached =
  | { readonly step: StepId }
  | { readonly node: NodeName }
  | { readonly lockOf: NodeName }
  | 'stopped';

export type ApplyEvent =
  | { readonly is: 'claiming'; readonly node: NodeName }
  | { readonly is: 'claimed'; readonly node: NodeName; readonly tookOverFrom?: Held }
  | { readonly is: 'began'; readonly step: StepId }
  /** The last answer of what the step waits for. */
  | { readonly is: 'waiting'; readonly step: StepId; readonly what: string; readonly answer: string }
  | { readonly is: 'done'; readonly step: StepId }
  | { readonly is: 'refused'; readonly step: StepId; readonly proves: string; readonly answer: string }
  | {
      readonly is: 'failed';
      readonly step: StepId;
      readonly action: number;
      readonly code: number;
      readonly output: string;
    }
  | { readonly is: 'unknown'; readonly step: StepId; readonly why: string }
  /** Once for each cause. */
  | { readonly is: 'not-reached'; readonly steps: readonly StepId[]; readonly because: NotReached }
  | { readonly is: 'node-lost'; readonly node: NodeName; readonly why: string }
  | { readonly is: 'node-reconnected'; readonly node: NodeName }
  /** Another batch still runs there: it is asked again. */
  | { readonly is: 'node-busy'; readonly node: NodeName }
  | { readonly is: 'lock-lost'; readonly node: NodeName }
  /** The operator asked to stop: what runs now ends, nothing else begins. */
  | { readonly is: 'stopping' };

export interface ApplyOutcome {
  readonly exit: ExitCode;
  /** Name of the operation in the nodes' journals. */
  readonly operation: string;
  readonly steps: ReadonlyMap<StepId, StepOutcome>;
  /** Whether anything was, or may have been, changed on a node. */
  readonly touched: boolean;
  /** Everything that went wrong, each once, with what to do. */
  readonly diagnostics: readonly Diagnostic[];
}
