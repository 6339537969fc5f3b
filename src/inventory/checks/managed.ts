/** VMs that the cluster runs: each on mirrors between its members, and nobody else starts it (P4, P6). */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { VmSpec } from '../schema/vm.ts';
import { type Check, entries, items, ownValue, type Subject } from './subject.ts';

type Draft = Partially<VmSpec>;

export const managed: Check = (subject) => {
  const all = entries(subject.draft.vms).filter(([, { highlyAvailable }]) => highlyAvailable === true);
  return [...all.flatMap(([name, vm]) => one(name, vm, subject)), ...confused(all, subject)];
};

/**
 * DRBD's fencing handler finds the mirror by the name of its resource as a regular expression, and takes the first that matches
 * (drbd-utils 9.22, crm-fence-peer.sh): for `a.b` it might keep `axb` from being promoted.
 */
function confused(all: readonly [string, Draft][], { locate }: Subject): readonly Diagnostic[] {
  const uses = all.flatMap(([vm, { disks }]) => items(disks).map(([at, { volume = '' }]) => ({ vm, at, volume })));
  return uses.flatMap(({ vm, at, volume }) => {
    const matches = new RegExp(`^${volume.replaceAll('+', '[+]')}$`);
    const other = uses.find((one) => one.volume !== volume && matches.test(one.volume))?.volume;
    if (other === undefined) return [];
    const detail = `The volumes ${volume} and ${other} are disks of highly available VMs, and DRBD’s fencing handler takes one for the other: to it, a dot is any character.`;
    return [
      mistake(
        'inventory/not-supported',
        locate.value('vms', vm, 'disks', at, 'volume'),
        detail,
        'Name one of them otherwise.',
      ),
    ];
  });
}

function one(name: string, vm: Draft, subject: Subject): readonly Diagnostic[] {
  const { draft, locate } = subject;
  const at = locate.value('vms', name, 'highlyAvailable');
  if (!locate.has('cluster'))
    return [
      mistake(
        'inventory/conflict',
        at,
        `\`vms.${name}\` is highly available, and there is no cluster.`,
        'Write the section `cluster` (docs/cluster.md).',
      ),
    ];
  const members = items(draft.cluster?.nodes).map(([, node]) => node);
  const stranger = vm.home !== undefined && members.length > 1 && !members.includes(vm.home);
  const empty = vm.disks !== undefined && vm.disks.length === 0;
  // The agent says `xl list NAME` and `xl destroy NAME`, and `xl` takes a number for the id of a domain (libxl_utils.c, source).
  const numbered = /^\d+$/.test(name);
  return [
    ...(numbered
      ? [
          mistake(
            'inventory/not-supported',
            at,
            `\`vms.${name}\` is highly available, and its name is a number: the cluster’s agent would ask after, shut down and destroy whichever domain has the id ${name}.`,
            'Give it a name with a letter.',
          ),
        ]
      : []),
    ...(stranger
      ? [
          mistake(
            'inventory/conflict',
            locate.value('vms', name, 'home'),
            `\`vms.${name}\` is highly available, and its home ${vm.home} is no member of the cluster.`,
          ),
        ]
      : []),
    ...(vm.autostart === 'home'
      ? [
          mistake(
            'inventory/conflict',
            locate.value('vms', name, 'autostart'),
            `\`vms.${name}\` is started by the cluster, and by its home when it boots: two would start it (X1).`,
            'Take `autostart: never`.',
          ),
        ]
      : []),
    ...(empty
      ? [
          mistake(
            'inventory/not-supported',
            at,
            `\`vms.${name}\` has no disk: only a mirror keeps it from running twice (X1).`,
          ),
        ]
      : []),
    ...items(vm.disks).flatMap(([disk]) => onMirror(name, disk, vm, members, subject)),
  ];
}

/** P4: what is not mirrored between members stays behind when its node dies. */
function onMirror(
  name: string,
  at: number,
  vm: Draft,
  members: readonly string[],
  { draft, names, locate }: Subject,
): readonly Diagnostic[] {
  const path = ['vms', name, 'disks', at];
  const disk = vm.disks?.[at];
  const other = (['export', 'array'] as const).find((key) => locate.has(...path, key));
  if (other !== undefined)
    return [
      mistake(
        'inventory/not-supported',
        locate.key(...path, other),
        `\`vms.${name}\` is highly available, and a disk of it is on an ${other}.`,
        'The cluster ties a VM to mirrors only: a `volume` with two replicas or more.',
      ),
    ];
  if (disk?.readOnly === true)
    return [
      mistake(
        'inventory/not-supported',
        locate.key(...path, 'readOnly'),
        `\`vms.${name}\` is highly available, and only reads a disk: others could read it as well, and a mirror follows one VM.`,
      ),
    ];
  const volume = ownValue(draft.volumes, disk?.volume);
  if (disk?.volume === undefined || volume === undefined || !names.volumes.known.has(disk.volume)) return [];
  const replicas = items(volume.replicas).map(([, node]) => node);
  if (replicas.length !== (volume.replicas?.length ?? 0)) return [];
  const say = (detail: string, help?: string) =>
    mistake('inventory/unsafe', locate.value(...path, 'volume'), detail, help);
  const outside = replicas.filter((node) => !members.includes(node));
  return [
    ...(replicas.length < 2
      ? [
          say(
            `\`vms.${name}\` is highly available, and its disk ${disk.volume} is on ${replicas.join('') || 'one node'} alone (P4).`,
            `Give \`volumes.${disk.volume}\` a replica on another member.`,
          ),
        ]
      : []),
    ...(replicas.length > 1 && members.length > 1 && outside.length > 0
      ? [
          say(
            `\`vms.${name}\` is highly available, and its disk ${disk.volume} has a replica on ${outside.join(', ')}, which the cluster cannot shoot (D7).`,
          ),
        ]
      : []),
  ];
}
