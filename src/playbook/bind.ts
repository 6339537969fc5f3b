/** A playbook and what it is told, bound to a site: every argument is the thing that it means, or a mistake. Pure. */
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import type { Arguments, Asks, Check, Verb } from '../kinds/verb.ts';
import type { KindName } from '../kinds/world.ts';
import { siteWithout } from '../plan/select.ts';
import type { Probe } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { inputValues, type Values } from './inputs.ts';
import type { Act, Call, Given, Playbook, Word } from './playbook.ts';
import { mistake } from './problem.ts';
import { readValue, type Value } from './values.ts';

export interface Bound {
  readonly name: string;
  readonly require: readonly BoundCall<Check>[];
  readonly steps: readonly BoundAct[];
  readonly verify: readonly BoundCall<Check>[];
  /** All that any verb or check of it looks at, in the order of the inventory. */
  readonly nodes: readonly NodeName[];
  /** The kinds whose facts any of them reads; all unless given. */
  readonly reads?: readonly KindName[] | undefined;
  /** Nodes that it proves dead: what it is about may be theirs, and nobody asks them. */
  readonly dead?: readonly NodeName[];
  /** All that any of them asks besides the facts. */
  readonly asks: Asks;
  /** What its verification alone asks: nobody is asked for the way there once it is gone. */
  readonly verifyAsks: Asks;
}

export interface BoundCall<V> extends Word<V> {
  readonly given: Arguments;
}

export interface BoundAct extends BoundCall<Verb> {
  readonly undo?: BoundCall<Verb>;
  /** Side by side with the one before it, not after it: no playbook of YAML says so. */
  readonly together?: true;
}

/**
 * `told`: the words of `--set`, `name=value`. `without`: nodes that a person leaves out. As for a plan, all that lives or
 * depends on them goes with them, and a playbook cannot be about it.
 */
export function bind(
  playbook: Playbook,
  told: readonly string[],
  site: Site,
  without: readonly NodeName[] = [],
): Result<Bound> {
  const inputs = inputValues(playbook, told, site);
  const calls = [...playbook.require, ...playbook.steps, ...playbook.verify];
  const found = [...inputs.found, ...calls.flatMap((call) => wrongLiterals(call, site))];
  if (found.length > 0) return failed(...found);
  const bound = <V extends Verb | Check>(call: Call<V>): BoundCall<V> => bindCall(call, inputs.values, site);
  const steps = playbook.steps.map((act) => bindAct(act, bound(act)));
  const [require, verify] = [playbook.require.map(bound), playbook.verify.map(bound)];
  const asked = [...require, ...steps, ...steps.flatMap(({ undo }) => undo ?? []), ...verify];
  const left = siteWithout(site, without);
  const gone = new Set(asked.flatMap((call) => goneWith(call, left)));
  if (gone.size > 0) return failed(...[...gone].map((name) => leftOut(name, without)));
  const needed = new Set(asked.flatMap(({ verb, given }) => verb.nodes(given, left)));
  const dead = [...new Set(asked.flatMap(({ verb, given }) => verb.dead?.(given) ?? []))];
  const raised = dead.filter((node) => needed.has(node));
  if (raised.length > 0) return failed(...raised.map(deadIsAsked));
  const nodes = Object.keys(left.nodes).filter((node) => needed.has(node));
  return ok({
    name: playbook.name,
    require,
    steps,
    verify,
    nodes,
    reads: readsOf(asked),
    dead,
    asks: asksOf(asked, left),
    verifyAsks: asksOf(verify, left),
  });
}

/** To it nothing runs there: what would start a VM by that is for verbs that know of the death. */
function deadIsAsked(node: NodeName): Diagnostic {
  const detail = `One verb or check of the playbook goes by the death of ${node}, another one asks ${node}.`;
  return error('playbook/dead-node', 'A playbook asks a node that it takes for dead', detail, {
    help: 'Leave out one of them: docs/playbooks.md says which verbs go by the death of a node.',
  });
}

/** Of one that does not say what it reads nothing may be missing. */
function readsOf(calls: readonly BoundCall<Verb | Check>[]): readonly KindName[] | undefined {
  const all = calls.map(({ verb }) => verb.reads);
  return all.includes(undefined) ? undefined : [...new Set(all.flatMap((reads) => reads ?? []))];
}

function asksOf(calls: readonly BoundCall<Verb | Check>[], site: Site): Asks {
  const all = new Map<NodeName, Probe[]>();
  for (const { verb, given } of calls)
    for (const [node, probes] of verb.asks?.(given, site) ?? []) all.set(node, [...(all.get(node) ?? []), ...probes]);
  return all;
}

/** What it was given that is not on this site, by name. */
function goneWith({ verb, given }: BoundCall<Verb | Check>, site: Site): readonly string[] {
  return Object.entries(given).flatMap(([parameter, value]) => {
    const type = verb.takes[parameter]?.type;
    return type !== undefined && typeof value === 'object' && 'why' in readValue(type, value.name, site)
      ? [value.name]
      : [];
  });
}

function leftOut(name: string, without: readonly NodeName[]): Diagnostic {
  const detail = `${name} is, lives on or has a disk on a node that was left out: ${without.join(', ')}. Nothing was touched.`;
  return error('playbook/left-out', 'What is to be acted on goes with a node that is left out', detail, {
    help: 'Bring the node back. What cannot wait for it, only a person can answer for: `xl list -v`, `drbdadm status` and `xl shutdown` on the nodes that are left.',
  });
}

/** A playbook may name a VM of its own; whether there is one, the inventory says. */
function wrongLiterals({ name, verb, given }: Call<Verb | Check>, site: Site): readonly Diagnostic[] {
  return Object.entries(given).flatMap(([parameter, one]) => {
    const type = verb.takes[parameter]?.type;
    if (type === undefined || 'input' in one) return [];
    const read = readValue(type, one.text, site);
    if ('value' in read) return [];
    const detail = `\`${parameter}\` of ${name} is \`${one.text}\`; it ${read.why}.`;
    return [mistake('playbook/wrong-value', one.at, detail, read.help)];
  });
}

function bindCall<V extends Verb | Check>(
  { name, kind, verb, given }: Call<V>,
  values: Values,
  site: Site,
): BoundCall<V> {
  const entries = Object.entries(given).map(([parameter, one]) => {
    return [parameter, argument(verb, parameter, one, values, site)] as const;
  });
  return { name, kind, verb, given: Object.fromEntries(entries) };
}

/** Everything was read and held against the site before. */
function argument(verb: Verb | Check, parameter: string, given: Given, values: Values, site: Site): Value {
  const type = verb.takes[parameter]?.type ?? 'text';
  if ('text' in given) {
    const read = readValue(type, given.text, site);
    if ('value' in read) return read.value;
  } else {
    const value = values.get(given.input);
    if (value !== undefined) return value;
  }
  throw new Error(`${parameter} has no value`);
}

/** The undo takes of what its step was given what it needs. */
function bindAct({ undo }: Act, call: BoundCall<Verb>): BoundAct {
  if (undo === undefined) return call;
  const { name, kind, verb } = undo;
  const given = Object.entries(call.given).filter(([parameter]) => parameter in verb.takes);
  return { ...call, undo: { name, kind, verb, given: Object.fromEntries(given) } };
}
