/** Why a volume is left as it is. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { unmarking } from '../export/wire.ts';
import type { Volume } from '../site.ts';
import type { LogicalVolume } from './facts.ts';
import { tags } from './tags.ts';

export function foreign({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  return error(
    'volume/foreign',
    'A volume of that name is not sanctl’s',
    `${node} has ${group}/${name} (${formatSize(have.bytes)}, ${have.uuid}), which sanctl did not make.`,
    {
      help: `If it is the volume that the inventory means, \`--adopt volume/${name}\` takes it over with its data; otherwise give one of them another name.`,
    },
  );
}

/** Dropping a replica is never implied (D9, C11). */
export function wasReplica({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  const path = `${group}/${name}`;
  return error(
    'volume/was-replica',
    'A replica of a DRBD resource is no plain volume',
    `${path} on ${node} (${have.uuid}) was made as one of several replicas; the inventory now names ${node} alone.`,
    {
      help: `Name the other replicas again. Or take it out of DRBD by hand: make sure that ${node} is up to date, stop what uses it, on all nodes \`drbdadm down ${name}\`; here \`drbdadm wipe-md ${name}\`, on the others \`lvremove ${path}\`, so that nothing old can pass for a good copy later; remove its \`.res\` file everywhere; then \`lvchange --deltag ${tags.seeded} --deltag ${tags.unseeded} ${path}\`.`,
    },
  );
}

export function otherShape({ name, group }: Volume, node: NodeName, have: LogicalVolume, wanted: string): Diagnostic {
  const is = `${[...new Set(have.segmentTypes)].join(', ')}${have.pool === '' ? '' : ` in ${have.pool}`}, ${have.stripes} stripes`;
  return error(
    'volume/other-shape',
    'A volume has another shape',
    `${group}/${name} on ${node} is ${is}; the inventory asks for ${wanted}.`,
    {
      help: '`lvconvert` may change it by hand; otherwise write what it is into the inventory.',
    },
  );
}

export function unhealthy({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  return error('volume/unhealthy', 'A volume is not healthy', `${group}/${name} on ${node}: ${have.health} (L8).`, {
    help: `\`lvs -a -o+lv_health_status,devices ${group}\` tells more. Repair it by hand, then plan again.`,
  });
}

/** C2: finishing erases it, and its guard would refuse that; so the plan does. */
export function usedUnfinished({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  return error(
    'volume/used-unfinished',
    'Somebody uses a volume whose making broke off',
    `${group}/${name} on ${node} (${have.uuid}) was not finished: what its extents held before is yet to be erased, and somebody has it open.`,
    {
      help: `\`lsblk ${have.path}\` and \`fuser -v ${have.path}\` tell who. If what it holds is worthless, end that and plan again; if it counts, \`lvchange --deltag ${tags.unfinished} ${group}/${name}\` keeps it as it is.`,
    },
  );
}

/** L3: LVM would cut off what is behind the new end, whoever uses it. */
export function smaller(
  { name, group, bytes }: Volume,
  node: NodeName,
  have: LogicalVolume,
  wanted: number,
): Diagnostic {
  return error(
    'volume/smaller',
    'A volume cannot become smaller',
    `${group}/${name} on ${node} has ${formatSize(have.bytes)}; for ${formatSize(bytes)} it would have to shrink to ${formatSize(wanted)}.`,
    {
      help: 'sanctl never shrinks a volume. Raise the size in the inventory; or make a new, smaller volume and copy the data.',
    },
  );
}

export function inOtherGroup({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  return error(
    'volume/other-group',
    'A volume is in another group',
    `The inventory wants ${name} in ${group}; on ${node} it is in ${have.group} (${have.uuid}).`,
    {
      help: `A new ${group}/${name} would be empty. Correct \`group\`, or move the data by hand and remove or rename the old volume.`,
    },
  );
}

/** Where a volume of sanctl's with that name is now. */
export interface Owner {
  readonly node: NodeName;
  readonly group: string;
}

export function elsewhere({ name, group, replicas }: Volume, owners: readonly Owner[]): Diagnostic {
  const found = owners.map((owner) => `${owner.node}${owner.group === group ? '' : ` (in ${owner.group})`}`).join(', ');
  return error(
    'volume/elsewhere',
    'A volume is on other nodes',
    `None of ${replicas.join(', ')} has ${group}/${name}, but ${found} has it.`,
    {
      help: 'A new volume would be empty. Name the node that has the data among the replicas too, and take it out once the new ones are in sync.',
    },
  );
}

export function notAllowed({ name, group }: Volume, node: NodeName, have: LogicalVolume): Diagnostic {
  return error(
    'volume/not-allowed',
    'Destroying a volume needs its name',
    `The inventory says that ${group}/${name} on ${node} (${formatSize(have.bytes)}, ${have.uuid}) is to go, with all its data.`,
    {
      help: `\`--allow-destroy volume/${name}\` allows it.`,
    },
  );
}

export function served(volume: Volume, node: NodeName, tag: string): Diagnostic {
  return error(
    'volume/served',
    'A volume that is to go is what an export serves',
    `${volume.group}/${volume.name} on ${node} is marked by ${tag}: an importer may still wait for it (N7).`,
    { help: `${unmarking(tag, volume)}; then plan again.` },
  );
}

export function hasSnapshots({ name, group }: Volume, node: NodeName, names: readonly string[]): Diagnostic {
  return error(
    'volume/has-snapshots',
    'A volume has snapshots',
    `${group}/${name} on ${node} is the origin of ${names.join(', ')}.`,
    {
      help: `Look at them and remove them by hand: \`lvremove ${group}/${names[0] ?? ''}\`.`,
    },
  );
}

/**
 * lvextend: "Snapshot origin volumes can be resized only while inactive" (lvm2 2.03.16, `lib/metadata/lv_manip.c`). While it is
 * inactive LVM does it (tried), and leaves the snapshots too small for it (L5).
 */
export function growsUnderSnapshots(
  { name, group }: Volume,
  node: NodeName,
  [first = '', ...more]: readonly string[],
): Diagnostic {
  return error(
    'volume/grows-under-snapshots',
    'A volume with snapshots cannot grow',
    `${group}/${name} on ${node} is the origin of ${[first, ...more].join(', ')}: LVM grows it only while nobody uses it, and what was made with room for all of it would then be too small (L5). Nothing of it was touched.`,
    {
      help: `Remove its snapshots, then plan again: \`sanctl snapshot list\` names the sets for \`sanctl snapshot remove\`; others go by \`lvremove ${group}/${first}\`.`,
    },
  );
}

export function poolNotZeroing({ name, group, thinPool }: Volume, node: NodeName): Diagnostic {
  return error(
    'volume/pool-not-zeroing',
    'A thin pool does not zero its blocks',
    `${group}/${thinPool ?? ''} on ${node} hands out blocks with what they held before; ${name} asks for \`firstSync: skip\`.`,
    {
      help: `\`lvchange --zero y ${group}/${thinPool ?? ''}\`, or \`firstSync: full\` for the volume.`,
    },
  );
}
