/** Reads the sides of a resource out of the facts of its nodes. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { drbdPath } from '../file/paths.ts';
import { unreadable } from '../reading.ts';
import { orNothing } from '../volume-group/want.ts';
import type { World } from '../world.ts';
import { type DrbdFacts, type Generation, justCreated } from './facts.ts';
import type { DrbdWant } from './resource.ts';
import type { Side } from './side.ts';

type Wanted = Pick<DrbdWant, 'volume' | 'file'>;

export type Sides = { readonly sides: readonly Side[] } | { readonly problems: readonly Diagnostic[] };

/** All sides, or what could not be read: one unknown fact of any replica refuses the resource (C5). */
export function readSides(want: Wanted, world: World): Sides {
  const name = `drbd/${want.volume.name}`;
  const problems: Diagnostic[] = [];
  const sides = want.volume.replicas.flatMap((node) => {
    const { side, why } = readSide(want, world, node);
    if (side === undefined) problems.push(unreadable(name, node, why));
    return side === undefined ? [] : [side];
  });
  return problems.length > 0 ? { problems } : { sides };
}

type Read = { readonly side: Side; readonly why: '' } | { readonly side: undefined; readonly why: string };

function readSide(want: Wanted, world: World, node: NodeName): Read {
  const { name, group } = want.volume;
  const drbd = world.have('drbd', node);
  const volumes = orNothing(world.have('volume', node).volumes, world, node);
  if (!volumes.known) return unread(volumes.why);
  if (!drbd.running.known) return unread(drbd.running.why);
  if (!drbd.configured.known) return unread(drbd.configured.why);
  const slice = volumes.value.find((one) => one.group === group && one.name === name && !one.hidden);
  const running = drbd.running.value[name];
  const configured = drbd.configured.value[name];
  const common = { node, slice, running, configured, fileChanges: fileChanges(want, world, node) };
  const adjust = adjustOf(drbd, name, running !== undefined && configured !== undefined);
  if (typeof adjust === 'string') return unread(adjust);
  if (slice === undefined) {
    return { side: { ...common, adjust, metadata: 'none', generation: null, signatures: [] }, why: '' };
  }
  const half = drbd.halves[name];
  if (half === undefined) return unread('it was not asked for');
  if (!half.signatures.known) return unread(half.signatures.why);
  if (!half.generation.known) return unread(half.generation.why);
  const generation = half.generation.value;
  const signatures = half.signatures.value.filter((one) => one !== 'drbd');
  return { side: { ...common, adjust, metadata: metadataOf(generation), generation, signatures }, why: '' };
}

function unread(why: string): Read {
  return { side: undefined, why };
}

function metadataOf(generation: Generation | null): Side['metadata'] {
  if (generation === null) return 'none';
  return generation.current === justCreated ? 'just created' : 'data';
}

/** Only asked for where something runs by a file; a reason why it is not known otherwise. */
function adjustOf(drbd: DrbdFacts, name: string, matters: boolean): readonly string[] | string {
  if (!matters) return [];
  const reading = drbd.halves[name]?.adjust;
  if (reading === undefined) return 'it was not asked for';
  return reading.known ? reading.value : reading.why;
}

/** What cannot be compared (a secret that is not readable now) is refused by the file itself. */
function fileChanges({ volume, file }: Wanted, world: World, node: NodeName): boolean {
  if (file === undefined) return false;
  const have = world.have('file', node).files[drbdPath(volume.name)];
  return have?.known === true && (have.value === 'absent' || have.value.sha256 !== world.digest(file));
}
