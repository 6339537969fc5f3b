/** Which of the volumes that can be said each by itself can be said together, and taken over without harm to others. Pure. */
import type { NodeName } from '../step.ts';
import { commonlyBarred, stackedGroups } from './barred.ts';
import { clusteredMirrors, clusteredNodes } from './clustered.ts';
import type { LeftOut, Stacked } from './findings.ts';
import { type DraftGroup, groupsOf } from './groups.ts';
import type { Look } from './look.ts';
import { isDevice, isGroup } from './names.ts';
import type { DraftVolume } from './shape.ts';

/** What stays out because the planner would refuse it: `volume/web`, `vm/web`, `volumeGroup/vg0`. */
export type Excluded = ReadonlySet<string>;

export interface Kept {
  readonly volumes: readonly DraftVolume[];
  readonly groups: readonly DraftGroup[];
  readonly mirrorsLeft: readonly LeftOut[];
  readonly slicesLeft: readonly LeftOut[];
  readonly stacked: readonly Stacked[];
}

export function keptOf(looks: readonly Look[], all: readonly DraftVolume[], excluded: Excluded): Kept {
  const wanted = all.filter(
    ({ name, group }) => !excluded.has(`volume/${name}`) && !excluded.has(`volumeGroup/${group}`),
  );
  const secrets = unlikeSecrets(wanted);
  const held = clusteredMirrors(clusteredNodes(looks), wanted);
  const stacked = stackedGroups(looks);
  const unnamed = unnamedGroups(looks);
  const stands = (node: NodeName): boolean => stacked.some((one) => one.node === node);
  const isLeft = (left: readonly LeftOut[], { name }: DraftVolume): boolean => left.some((one) => one.name === name);
  const staying = wanted.filter(
    (one) => !unnamed.has(one.group) && !isLeft([...secrets, ...held], one) && !one.replicas.some(stands),
  );
  const barred = commonlyBarred(looks, staying);
  const volumes = staying.filter((one) => !isLeft(barred, one));
  return {
    volumes,
    groups: groupsOf(
      looks.filter(({ node }) => !stands(node)),
      volumes,
    ).filter(({ name }) => !excluded.has(`volumeGroup/${name}`) && !unnamed.has(name)),
    mirrorsLeft: [...secrets, ...held, ...barred],
    slicesLeft: wanted.filter(({ group }) => unnamed.has(group)).map((one) => nameless(one, looks)),
    stacked,
  };
}

/** An inventory has one for all mirrors, or none. */
function unlikeSecrets(volumes: readonly DraftVolume[]): readonly LeftOut[] {
  if (!volumes.some(({ mirror }) => mirror?.secret === true)) return [];
  return volumes
    .filter(({ mirror }) => mirror?.secret === false)
    .map(({ name, replicas }) => ({
      name,
      nodes: replicas,
      why: 'it has no shared secret, and others have one, which an inventory gives to all',
      way: 'Give it the same one in its file, by hand and on all of its nodes.',
    }));
}

/** Whose name, or the path of whose disk, cannot be written down. */
function unnamedGroups(looks: readonly Look[]): ReadonlySet<string> {
  const pvs = looks.flatMap((look) => look.pvs).filter(({ path }) => !isDevice(path));
  const names = looks.flatMap(({ groups }) => groups.map(({ name }) => name)).filter((name) => !isGroup(name));
  return new Set([...names, ...pvs.map(({ group }) => group)]);
}

function nameless({ name, group, replicas }: DraftVolume, looks: readonly Look[]): LeftOut {
  const disks = looks.flatMap(({ pvs }) => pvs.filter((one) => one.group === group).map(({ path }) => path));
  return {
    name: `${group}/${name}`,
    nodes: replicas,
    why: `the name of its group, or the path of a disk of it, cannot be written down: ${[...new Set(disks)].join(', ')}`,
    way: '`vgrename` gives the group another name; `pvs` shows the paths of its disks.',
  };
}
