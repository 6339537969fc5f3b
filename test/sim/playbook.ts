/** A playbook over simulated nodes, as src/stages/playing.ts plays it: look, compile, run; then verify, or the way back. */
import type { ApplyOutcome } from '../../src/apply/events.ts';
import { type Diagnostic, exitCode } from '../../src/diagnostic.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Bound, bind } from '../../src/playbook/bind.ts';
import { type Compiled, compile, verify } from '../../src/playbook/compile.ts';
import { findPlaybook, shippedNames } from '../../src/playbook/find.ts';
import { type Playbook, vocabularyOf } from '../../src/playbook/playbook.ts';
import { readPlaybook } from '../../src/playbook/read.ts';
import { undoing } from '../../src/playbook/undo.ts';
import { applyPlan, look, type Sanctl, type Wish } from './sanctl.ts';

export type Played =
  /** A mistake in what it was told, a node that does not answer, or a reason against it: nothing was touched. */
  | { readonly is: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  /** `unverified`: what a new look speaks against it. */
  | { readonly is: 'done'; readonly plan: Plan; readonly unverified: readonly Diagnostic[] }
  | { readonly is: 'broke off'; readonly plan: Plan; readonly outcome: ApplyOutcome; readonly back: Back };

/** Of the way back: what it did, or why it changed nothing. */
export type Back =
  | { readonly is: 'none' | 'nothing to do' }
  | { readonly is: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly is: 'applied'; readonly outcome: ApplyOutcome };

/** Read before any clock runs: reading takes time that none of them counts. */
const sources = new Map(
  await Promise.all((await shippedNames()).map(async (name) => [name, await findPlaybook(name)] as const)),
);

export async function playbook(sanctl: Sanctl, wish: Wish, name: string, set: readonly string[]): Promise<Played> {
  const bound = bind(named(name, sanctl.kinds), set, wish.site);
  if (!bound.ok) return { is: 'refused', diagnostics: bound.diagnostics };
  return play(sanctl, wish, bound.value);
}

/** Each once for the same kinds: their schema is made anew for each reading. */
const known = new WeakMap<readonly Kind[], Map<string, Playbook>>();

function named(name: string, kinds: readonly Kind[]): Playbook {
  const own = known.get(kinds) ?? new Map<string, Playbook>();
  known.set(kinds, own);
  const before = own.get(name);
  if (before !== undefined) return before;
  const source = sources.get(name);
  const read = source?.ok === true ? readPlaybook(source.value, vocabularyOf(kinds)) : undefined;
  if (read?.ok !== true) throw new Error(`there is no playbook ${name}`);
  own.set(name, read.value);
  return read.value;
}

async function play(sanctl: Sanctl, wish: Wish, bound: Bound): Promise<Played> {
  const compiled = await looking(sanctl, wish, bound);
  if (compiled.is === 'refused') return compiled;
  const { value, outcome } = compiled;
  const { plan } = value;
  if (outcome === undefined || outcome.exit === exitCode.done)
    return { is: 'done', plan, unverified: await verified(sanctl, wish, bound) };
  const back = outcome.touched ? await wayBack(sanctl, wish, undoing(bound, value, outcome.steps)) : none;
  return { is: 'broke off', plan, outcome, back };
}

const none: Back = { is: 'none' };

async function verified(sanctl: Sanctl, wish: Wish, bound: Bound): Promise<readonly Diagnostic[]> {
  const looked = await look(sanctl, wish, bound);
  if (!looked.ok) return errorsOf(looked.diagnostics);
  for (const line of looked.value.lines.values()) line.close();
  return errorsOf(verify(bound, looked.value.input).diagnostics);
}

async function wayBack(sanctl: Sanctl, wish: Wish, undo: Bound): Promise<Back> {
  if (undo.steps.length === 0) return none;
  const way = await looking(sanctl, wish, undo);
  if (way.is === 'refused') return way;
  return way.outcome === undefined ? { is: 'nothing to do' } : { is: 'applied', outcome: way.outcome };
}

type Looked =
  | { readonly is: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly is: 'planned'; readonly value: Compiled; readonly outcome: ApplyOutcome | undefined };

/** One look, the plan from it, and its run where it has steps. */
async function looking(sanctl: Sanctl, wish: Wish, bound: Bound): Promise<Looked> {
  const looked = await look(sanctl, wish, bound);
  if (!looked.ok) return { is: 'refused', diagnostics: errorsOf(looked.diagnostics) };
  const { lines, input } = looked.value;
  try {
    const made = compile(bound, input);
    if (!made.ok) return { is: 'refused', diagnostics: errorsOf(made.diagnostics) };
    sanctl.onPlan?.(made.value.plan);
    const { plan } = made.value;
    const outcome = plan.steps.length === 0 ? undefined : await applyPlan(sanctl, plan, lines);
    return { is: 'planned', value: made.value, outcome };
  } finally {
    for (const line of lines.values()) line.close();
  }
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}
