/**
 * A draft is only worth writing down when the planner can plan it: what it would refuse is taken out, thing by thing, and
 * said in its own words. What remains is planned, and the plan says what taking over would do. Pure.
 */
import { type Diagnostic, ok, type Result } from '../diagnostic.ts';
import type { Inventory } from '../inventory/index.ts';
import { whyForeign } from '../kinds/file/index.ts';
import { domainPath, drbdCommonPath, drbdPath } from '../kinds/file/paths.ts';
import type { FileWant } from '../kinds/file/thing.ts';
import type { Thing } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import { tags } from '../kinds/volume/tags.ts';
import type { World } from '../kinds/world.ts';
import { makePlan, type PlanInput, worldOf } from '../plan/make.ts';
import type { Plan } from '../plan/plan.ts';
import { things } from '../plan/things.ts';
import { changesIn } from './changes.ts';
import { type Draft, type Drafted, draftOf } from './draft.ts';
import * as findings from './findings.ts';
import type { Excluded } from './kept.ts';
import type { Look } from './look.ts';
import { draftText, hasSecret, secretVariable } from './text.ts';

export interface Settled {
  readonly draft: Draft;
  /** What `--adopt` has to name. */
  readonly adopt: readonly string[];
  /** None while a secret is missing: the files that hold it cannot be compared. */
  readonly plan: Plan | undefined;
  readonly findings: readonly Diagnostic[];
}

export type ReadDraft = (text: string) => Result<Inventory>;

/** The facts are those of the whole draft's site; each round leaves out what the one before had refused. */
export function settle(looks: readonly Look[], read: ReadDraft, input: PlanInput): Result<Settled> {
  const refusals: Diagnostic[] = [];
  const excluded = new Set<string>();
  for (;;) {
    const drafted = siteOf(looks, excluded, read);
    if (!drafted.ok) return drafted;
    const { draft, site } = drafted.value;
    const bare = worldWith(input, site, []);
    const all = things(input.kinds, site, bare);
    const adopt = adoptWords(all, bare);
    const world = worldWith(input, site, adopt);
    const found = refusedIn(all, input, world).filter(({ name }) => !excluded.has(name));
    if (found.length === 0) {
      const said = [...drafted.value.findings, ...refusals, ...changesIn(looks, all), ...secretNote(draft)];
      return ok(planned({ draft, adopt, plan: undefined, findings: said }, input, site));
    }
    for (const { name, problems } of found) {
      excluded.add(name);
      refusals.push(findings.refused(name, problems));
    }
  }
}

/** The first site, before anybody was asked what a plan of it needs. */
export function siteOf(
  looks: readonly Look[],
  excluded: Excluded,
  read: ReadDraft,
): Result<Drafted & { readonly site: Site }> {
  const drafted = draftOf(looks, excluded);
  if (!drafted.ok) return drafted;
  const inventory = read(draftText(drafted.value.draft, ''));
  return inventory.ok ? ok({ ...drafted.value, site: inventory.value.site }) : inventory;
}

function worldWith(input: PlanInput, site: Site, adopt: readonly string[]): World {
  return worldOf({ ...input, site, options: { ...input.options, adopt } }, site);
}

/** Volumes without our mark, and files of somebody else's that sanctl writes anew from what they say. */
function adoptWords(all: readonly Thing[], world: World): readonly string[] {
  const volumes = Object.values(world.site.volumes).filter(({ name, group, replicas }) =>
    replicas.some((node) => {
      const { volumes: have } = world.have('volume', node);
      const one = have.known ? have.value.find((other) => other.group === group && other.name === name) : undefined;
      return one !== undefined && !one.tags.includes(tags.ours);
    }),
  );
  const paths = all.flatMap((thing) => (thing.kind === 'file' && isReplaced(thing, world) ? [pathOf(thing)] : []));
  return [...volumes.map(({ name }) => `volume/${name}`), ...new Set(paths)];
}

/** LVM's and all others stay whoever's they are: what those say, an import does not read. */
function isReplaced(thing: Thing, world: World): boolean {
  const path = pathOf(thing);
  if (path !== drbdCommonPath && entryOf(thing, world.site) === undefined) return false;
  return thing.nodes.some((node) => {
    const have = world.have('file', node);
    const state = have.files[path];
    if (state?.known !== true || state.value === 'absent' || state.value.type !== 'file') return false;
    const same = world.digest((thing.want as FileWant).content) === state.value.sha256;
    return !same && whyForeign(have, path, state.value) !== undefined;
  });
}

function pathOf({ want }: Thing): string {
  return (want as FileWant).path;
}

interface Refused {
  /** `volume/web`. */
  readonly name: string;
  readonly problems: readonly Diagnostic[];
}

/** A file that cannot be compared while its secret is missing is no reason to leave its volume out. */
function refusedIn(all: readonly Thing[], { kinds }: PlanInput, world: World): readonly Refused[] {
  const verdicts = all.flatMap((thing) => {
    const kind = kinds.find(({ name }) => name === thing.kind);
    const name = entryOf(thing, world.site);
    const diagnostics = kind === undefined || name === undefined ? [] : kind.plan(thing, world).diagnostics;
    const problems = diagnostics.filter(({ severity, code }) => severity === 'error' && code !== 'file/secret-unread');
    return name === undefined || problems.length === 0 ? [] : [{ name, problems }];
  });
  const names = [...new Set(verdicts.map(({ name }) => name))];
  return names.map((name) => ({
    name,
    problems: verdicts.filter((one) => one.name === name).flatMap(({ problems }) => problems),
  }));
}

/** The entry of the inventory without which nobody would ask for the thing. */
function entryOf(thing: Thing, { volumes, vms }: Site): string | undefined {
  const { kind, name } = thing;
  if (kind === 'volumeGroup') return `volumeGroup/${name}`;
  if (kind === 'volume' || kind === 'drbd') return `volume/${name}`;
  if (kind === 'domain') return `vm/${name}`;
  if (kind !== 'file') return undefined;
  const path = pathOf(thing);
  const volume = Object.keys(volumes).find((one) => drbdPath(one) === path);
  const vm = Object.keys(vms).find((one) => domainPath(one) === path);
  return volume !== undefined ? `volume/${volume}` : vm !== undefined ? `vm/${vm}` : undefined;
}

/** Marks on what is there, its own words in a file of sanctl's, DRBD following that file, and what sanctl sets on every node. */
const takesOver = /#(adopt|mark|write|adjust|enable|disable|load|set-[a-z_]+)$/;
const starter = /^service\/(drbd|xendomains)@.*#disable$/;

function planned(settled: Settled, input: PlanInput, site: Site): Settled {
  const made = makePlan({ ...input, site, options: { ...input.options, adopt: settled.adopt } });
  const open = made.ok ? [] : made.diagnostics.filter(({ code }) => code !== 'file/secret-unread');
  const errors = open.filter(({ severity }) => severity === 'error');
  if (!made.ok) return { ...settled, findings: [...settled.findings, ...errors] };
  const { steps } = made.value;
  const more = steps.filter(({ id, danger }) => danger !== 'none' || !takesOver.test(id)).map(({ id }) => id);
  const units = steps.flatMap(({ id, node }) => {
    const unit = starter.exec(id)?.[1];
    return unit === undefined ? [] : [`${unit}.service on ${node}`];
  });
  const said = [
    ...(units.length === 0 ? [] : [findings.atBoot(units)]),
    ...(more.length === 0 ? [] : [findings.moreSteps(more)]),
  ];
  return { ...settled, plan: made.value, findings: [...settled.findings, ...said] };
}

function secretNote(draft: Draft): readonly Diagnostic[] {
  if (!hasSecret(draft)) return [];
  const names = draft.volumes.flatMap(({ name, mirror }) => (mirror?.secret === true ? [name] : []));
  return [findings.secretNeeded(secretVariable, names)];
}
