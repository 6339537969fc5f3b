/** The mirrors of a node whose disk was replaced: filled from good copies only (D4, K4), and whole at the end. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import type { Thing } from '../kind.ts';
import type { Node, Site, Volume } from '../site.ts';
import type { Check, Verb } from '../verb.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { isHealthy } from './life.ts';
import { plan } from './plan.ts';
import { noGoodCopy, notConnected } from './refusals.ts';
import type { DrbdWant } from './resource.ts';
import { isNew, isSeeded, mayAttach, type Side } from './side.ts';
import { readSides } from './sides.ts';
import { expand, replicatedOn } from './things.ts';

const nodeParameter = { type: 'node', means: 'the node whose disk was replaced' } as const;
const takes = { node: nodeParameter };
const everyNode = (_given: unknown, { nodes }: Site) => Object.keys(nodes);

export const refill: Verb<typeof takes> = {
  summary:
    'give its mirrors on new slices their metadata, have them filled by their peers, and wait until they are whole',
  takes,
  nodes: everyNode,
  plan: ({ node }, world) => {
    const patient: World = { ...world, waitSync: true };
    return new Map(mirrorsOf(node, world).map((thing) => [thing.name, refillOn(thing, node, patient)]));
  },
};

export const whole: Check<typeof takes> = {
  summary: 'each of its mirrors is connected, up to date on every node, and nothing is out of sync',
  takes,
  nodes: everyNode,
  check: ({ node }, world) => mirrorsOf(node, world).flatMap((thing) => notWhole(thing.want, world)),
};

function mirrorsOf({ name }: Node, world: World): readonly Thing<DrbdWant>[] {
  const names = new Set(
    replicatedOn(world.site, name)
      .filter(isPresent)
      .map((volume) => volume.name),
  );
  return expand(world.site, world).flatMap((thing) =>
    thing.kind === 'drbd' && names.has(thing.name) ? [{ ...thing, want: thing.want as DrbdWant }] : [],
  );
}

function isPresent({ state }: Volume): boolean {
  return state === 'present';
}

/** Stricter than an apply, which cannot know that there were data: what brings them back must be seen to run with them. */
function refillOn(thing: Thing<DrbdWant>, { name: node }: Node, world: World): Verdict {
  const { want } = thing;
  const verdict = plan(thing, world);
  const read = readSides(want, world);
  if ('problems' in read) return refuse(...verdict.diagnostics, ...read.problems);
  const { sides } = read;
  const changed = sides.filter(({ fileChanges }) => fileChanges);
  if (changed.length > 0) return refuse(...verdict.diagnostics, applyFirst(want, changed));
  const own = sides.find((side) => side.node === node);
  if (own === undefined || !isNew(own)) return verdict;
  if (!sides.some(isGoodCopy)) return refuse(...verdict.diagnostics, noGoodCopy(want, sides));
  if (verdict.diagnostics.some(({ severity }) => severity === 'error')) return verdict;
  const witnessed = mayAttach(own);
  return witnessed
    ? verdict
    : { ...verdict, diagnostics: [...verdict.diagnostics, onlyCopy(want, node, sides.filter(isGoodCopy))] };
}

/** By the kernel's word, of data that were seeded once. */
function isGoodCopy(side: Side): boolean {
  return side.metadata === 'data' && isSeeded(side) && side.running?.volumes['0']?.disk === 'UpToDate';
}

function notWhole(want: DrbdWant, world: World): readonly Diagnostic[] {
  const { dialect } = want;
  const read = readSides(want, world);
  if ('problems' in read) return read.problems;
  const weak = read.sides.filter(
    (side) => dialect === undefined || !isSeeded(side) || !isHealthy({ ...want, dialect }, side),
  );
  return weak.length === 0 ? asWished.diagnostics : [notConnected(want, weak)];
}

/** Nothing newer can be lost by it: the old disk is not touched. */
function onlyCopy({ volume }: DrbdWant, node: string, good: readonly Side[]): Diagnostic {
  const from = good.map((side) => side.node).join(' or ');
  const detail = `drbd/${volume.name}: ${node} comes back with the data of ${from}. What ${node} wrote while it was not connected, if it did, is on its old disk alone.`;
  return warning('drbd/only-copy', 'Nobody can compare a copy with what was lost', detail, {
    help: `If ${node} went on alone before its disk died, keep the old disk, and compare before you use the volume.`,
  });
}

function applyFirst({ volume }: DrbdWant, sides: readonly Side[]): Diagnostic {
  const detail = `drbd/${volume.name}: its file on ${sides.map(({ node }) => node).join(' and ')} is not what the inventory asks for.`;
  return error('drbd/file-first', 'The file of a mirror has to be right first', detail, {
    help: `\`sanctl plan --only drbd/${volume.name}\` shows the difference. Write into the inventory what was there before; after a whole node was replaced, \`sanctl replace-node\` writes the files.`,
  });
}
