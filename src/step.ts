/** The one word that kinds write, the planner orders and apply runs. Plain data: what is shown is what is sent. */
import type { Action, Guard } from './shell/command.ts';

export type NodeName = string;
/** `kind/name@node#verb`, for example `volume/web-root@alpha#create`: stable and greppable. */
export type StepId = string;
/** `none`: nothing stops. `interrupts`: a service stops for a while. `destroys`: data goes, by name only (C11). */
export type Danger = 'none' | 'interrupts' | 'destroys';

export interface Step {
  readonly id: StepId;
  readonly node: NodeName;
  readonly title: string;
  /** Steps that must be done before this one, also on other nodes. */
  readonly needs: readonly StepId[];
  readonly danger: Danger;
  /** Asked in order, right before the actions and in the same shell; the first that does not hold refuses the step. */
  readonly guards: readonly Guard[];
  /** None: the step only asks its guards, for another node's sake (the weaker kind of guard; docs/architecture.md). */
  readonly actions: readonly Action[];
  /** Why it is there: "the inventory asks for 2 GiB, the volume has 1 GiB". */
  readonly reason?: string;
  /** Fewest up-to-date copies of the data while it runs, and until when: `1 until the first sync ends`. */
  readonly redundancy?: { readonly copies: number; readonly until: string };
  /** What must be named by `--allow-destroy` before this step may be planned: `volume/web-root`. */
  readonly destroys?: string;
}
