/** What all turns of a rolling reboot share. */
import type { Inventory } from '../inventory/index.ts';
import type { Vm } from '../kinds/site.ts';
import { type Bound, bind } from '../playbook/bind.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import type { Question } from './agree.ts';
import type { Ran } from './run.ts';
import type { Manner, Stage } from './stage.ts';

export interface RebootOptions {
  readonly timeout: string;
  readonly anew?: true | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export interface Wish extends RebootOptions {
  readonly timeoutSeconds: number;
}

export interface Rolling {
  readonly session: Session;
  readonly inventory: Inventory;
  readonly wish: Wish & Manner;
  readonly migrate: Playbook;
  readonly playbook: Playbook;
  /** Looks at all that may be asked. */
  readonly wide: Stage;
  readonly round: string;
  /** For all of it, before anything is touched. */
  readonly question: string;
  /** What changes on the way. */
  readonly soFar: { agreed: boolean; touched: boolean };
}

/** It was asked once, for all that comes. */
export function mannerOf({ wish, question, soFar }: Rolling): Manner {
  return soFar.agreed ? { ...wish, yes: true } : { ...wish, question };
}

/** Undefined: it was agreed to. */
export function questionOf({ question, soFar }: Rolling): Question | undefined {
  const otherwise = '`--dry-run` shows what it would do; `--yes` does it without a question.';
  return soFar.agreed ? undefined : { otherwise, text: question };
}

export function remember({ soFar }: Rolling, { outcome }: Ran): void {
  if (outcome === undefined) return;
  soFar.agreed = true;
  soFar.touched ||= outcome.touched;
}

export function moveOf({ migrate, inventory }: Rolling, vm: Vm, to: NodeName): Bound {
  const bound = bind(migrate, [`vm=${vm.name}`, `to=${to}`], inventory.site);
  if (!bound.ok) throw new Error(`migrate does not take ${vm.name} and ${to}`);
  return bound.value;
}
