/** What one volume group of the inventory needs on its node. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Thing } from '../kind.ts';
import { unknown, unreadable } from '../reading.ts';
import { asWished, refuse, type StepDraft, type Verdict } from '../verdict.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { extentBytes } from '../volume/size.ts';
import type { World } from '../world.ts';
import { neededBytes, tooSmall, usableBytes } from './capacity.ts';
import { judge, type NewDisk } from './disk.ts';
import type { GroupState, PhysicalVolume, VolumeGroupFacts } from './facts.ts';
import { disksOfGuests } from './guests.ts';
import { overcommitment } from './overcommit.ts';
import { planPool } from './pool.ts';
import { bootNote, settingsProblems } from './settings.ts';
import { sharedDisks, sharedGroup } from './shared.ts';
import { stackedGroups } from './stacked.ts';
import { create, extend } from './steps.ts';
import { lacksLvm, orNothing, type VolumeGroupWant, writesFilter } from './want.ts';

export function plan({ name, nodes: [node], want }: Thing<VolumeGroupWant>, world: World): Verdict {
  if (node === undefined) return asWished;
  const facts = world.have('volumeGroup', node);
  const [groups, pvs] = [orNothing(facts.groups, world, node), orNothing(facts.physicalVolumes, world, node)];
  const volumes = orNothing(world.have('volume', node).volumes, world, node);
  if (!groups.known) return refuse(unreadable(`volumeGroup/${name}`, node, groups.why));
  if (!pvs.known) return refuse(unreadable(`volumeGroup/${name}`, node, pvs.why));
  if (!volumes.known) return refuse(unreadable(`volumeGroup/${name}`, node, volumes.why));
  const seen: Seen = { node, name, want, facts, pvs: pvs.value, volumes: volumes.value, world };
  const named = groups.value.filter((group) => group.name === name);
  const problems = [
    ...settingsProblems(node, world),
    ...(writesFilter(world, node) ? stackedGroups(node, pvs.value, volumes.value) : []),
    ...named.flatMap((group) => groupProblems(seen, group, named.length)),
  ];
  return problems.length > 0 ? refuse(...problems) : planGroup(seen, named[0]);
}

interface Seen {
  readonly node: NodeName;
  readonly name: string;
  readonly want: VolumeGroupWant;
  readonly facts: VolumeGroupFacts;
  readonly pvs: readonly PhysicalVolume[];
  readonly volumes: readonly LogicalVolume[];
  readonly world: World;
}

function planGroup(seen: Seen, group: GroupState | undefined): Verdict {
  const { node, name, want, facts, world } = seen;
  const pvs = lacksLvm(world, node) ? undefined : seen.pvs;
  const disks = want.devices.map((path) => judge({ node, path, group: name }, deviceOf(facts, path), pvs));
  const refusals = disks.flatMap((disk) => (disk.is === 'refused' ? [disk.why] : []));
  if (refusals.length > 0) return refuse(...refusals);
  const fresh = disks.filter((disk) => disk.is === 'blank' || disk.is === 'labelled');
  if (group !== undefined && fresh.length === disks.length) return refuse(nameTaken(seen, group));
  const shared = [...sharedDisks(node, fresh, world), ...disksOfGuests(node, name, fresh, world)];
  if (shared.length > 0) return refuse(...shared);
  const extent = group?.extentBytes ?? extentBytes;
  const pools = Object.entries(want.thinPools).map(([pool, bytes]) => {
    const have = seen.volumes.find((volume) => volume.group === name && volume.name === pool);
    const place = { node, group: name, pool, bytes, extentBytes: extent };
    const planned = planPool(place, have);
    return { ...planned, diagnostics: [...planned.diagnostics, ...overcommitment(place, seen.volumes, world)] };
  });
  return {
    steps: [...makeGroup(seen, group, fresh), ...pools.flatMap((pool) => pool.steps)],
    diagnostics: [
      ...roomProblems(seen, group, fresh, extent),
      ...pools.flatMap((pool) => pool.diagnostics),
      ...bootNote(node, seen.world),
    ],
  };
}

function deviceOf(facts: VolumeGroupFacts, path: string): VolumeGroupFacts['devices'][string] {
  return facts.devices[path] ?? unknown(`${path} was not asked about`);
}

function makeGroup(
  { node, name }: Seen,
  group: GroupState | undefined,
  fresh: readonly NewDisk[],
): readonly StepDraft[] {
  if (group === undefined) return [create(node, name, fresh)];
  return fresh.length === 0 ? [] : [extend(node, group, fresh)];
}

function roomProblems(
  { node, name, volumes, world }: Seen,
  group: GroupState | undefined,
  fresh: readonly NewDisk[],
  extent: number,
): readonly Diagnostic[] {
  const added = fresh.reduce((sum, { device }) => sum + usableBytes(device.bytes, extent), 0);
  const free = added + (group === undefined ? 0 : group.freeExtents * extent);
  const needed = neededBytes(world.site, node, name, volumes, extent);
  return needed > free ? [tooSmall(node, name, needed, free)] : [];
}

function groupProblems({ node, name, pvs, world }: Seen, group: GroupState, count: number): readonly Diagnostic[] {
  if (count > 1) return [twice(node, name)];
  const missing = group.missingPvs > 0 || pvs.some((pv) => pv.groupUuid === group.uuid && pv.missing);
  const duplicates = pvs.some((pv) => pv.groupUuid === group.uuid && pv.duplicate);
  if (missing) return [unhealthy(node, name, 'physical volumes of it are missing (L8)')];
  if (duplicates) return [unhealthy(node, name, 'a physical volume of it exists twice (L1)')];
  if (group.exported) return [unhealthy(node, name, 'it is exported')];
  return sharedGroup(node, group, pvs, world);
}

function nameTaken({ node, name, want }: Seen, group: GroupState): Diagnostic {
  return error(
    'volumeGroup/name-taken',
    'A volume group of that name is on other disks',
    `${node} has a volume group ${name} (${group.uuid}), and none of ${want.devices.join(', ')} belongs to it.`,
    {
      help: 'Give the group of the inventory another name, or name the disks that it is on.',
    },
  );
}

function twice(node: NodeName, name: string): Diagnostic {
  return error(
    'volumeGroup/twice',
    'Two volume groups have one name',
    `LVM on ${node} sees more than one ${name} (L7).`,
    {
      help: '`vgs -o+vg_uuid` lists them; `vgrename UUID NEWNAME` renames the one that does not belong here.',
    },
  );
}

function unhealthy(node: NodeName, name: string, what: string): Diagnostic {
  return error('volumeGroup/unhealthy', 'A volume group is not healthy', `${name} on ${node}: ${what}.`, {
    help: `\`vgs -o+vg_missing_pv_count ${name}\` and \`pvs\` tell more. Repair it by hand, then plan again.`,
  });
}
