/** What a kind is: the knowledge about one sort of thing, pure. It asks, it reads answers, it says steps; it never acts. */
import type { Probe, ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import type { Health, Looked } from './health.ts';
import type { Site } from './site.ts';
import type { Check, Verb } from './verb.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** One thing that the inventory asks for, whole: a DRBD resource is one thing on two nodes. */
export interface Thing<Want = unknown> {
  readonly kind: string;
  readonly name: string;
  /** Where it lives. A fact of any of these that cannot be read refuses the thing. */
  readonly nodes: readonly NodeName[];
  readonly want: Want;
  /** Things that must be as wished before: `volume/web-root@alpha`, or `volume/web-root` for all its nodes. */
  readonly needs: readonly string[];
  /** Things without which a change of this one would be half a change: `--only` takes them along. No order. */
  readonly with?: readonly string[];
}

/** Something on a node that the inventory does not name. Reported, never removed (C11). */
export interface Undeclared {
  readonly kind: string;
  readonly name: string;
  readonly node: NodeName;
  readonly detail: string;
}

export interface Kind<Want = unknown, Have = unknown> {
  readonly name: string;
  readonly summary: string;
  /**
   * The things that this part of the inventory asks for; also of other kinds (a DRBD resource asks for a package, a module and a
   * file). The same thing asked for twice must be the same. The world is there for what was decided on the nodes before: minors.
   */
  expand(site: Site, world: World): readonly Thing[];
  /** Read-only questions to one node. Static: never depend on another answer. */
  probes(site: Site, node: NodeName): readonly Probe[];
  /** Pure, total, and never guesses: what cannot be read is unknown. */
  parse(outputs: ProbeOutputs, site: Site, node: NodeName): Have;
  /** The facts of a freshly installed Debian machine with this kind's programs absent: for `plan --offline` and `render`. */
  blank(site: Site, node: NodeName): Have;
  /** What of the facts its steps rest on (identities, sizes, states; no percentages): the fingerprint of a plan (C4). */
  stable(have: Have): unknown;
  plan(thing: Thing<Want>, world: World): Verdict;
  undeclared?(site: Site, node: NodeName, have: Have): readonly Undeclared[];
  /** How its things are now, over all nodes that answered: for people and alarms (docs/day.md). No plan rests on it. */
  health?(looked: Looked): Health;
  /** For playbooks: `shutdown` of the kind `domain` is `domain.shutdown` there. */
  readonly verbs?: Readonly<Record<string, Verb>>;
  readonly checks?: Readonly<Record<string, Check>>;
}
