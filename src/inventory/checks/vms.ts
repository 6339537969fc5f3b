/** Virtual machines, each by itself, and what two of them may not share. */
import type { Diagnostic } from '../../diagnostic.ts';
import { parseSize } from '../../quantity.ts';
import type { Partially } from '../draft.ts';
import { pathText } from '../explain.ts';
import { macOf, uuidOf } from '../identity.ts';
import { mistake } from '../problem.ts';
import type { BootSpec, VmSpec } from '../schema/vm.ts';
import { type Check, entries, items, ownValue, type Subject, type Use, usedTwice } from './subject.ts';

type Draft = Partially<VmSpec>;

export const vms: Check = (subject) => {
  const all = entries(subject.draft.vms);
  return [
    ...all.flatMap(([name, vm]) => [
      ...memory(name, vm, subject),
      ...boot(name, vm, subject),
      ...autostart(name, vm, subject),
      ...bootsOn(name, vm, subject),
    ]),
    ...usedTwice(subject, all.flatMap(guestDevices), 'Each disk of a VM has a name of its own.'),
    ...usedTwice(
      subject,
      all.flatMap(([name, vm]) => uuids(name, vm, subject)),
      'A uuid is the identity of one VM.',
    ),
    ...usedTwice(
      subject,
      all.flatMap(([name, vm]) => macs(name, vm, subject)),
      'Two cards with one address disturb each other: give one of them another `mac`.',
    ),
  ];
};

function memory(name: string, vm: Draft, { locate }: Subject): readonly Diagnostic[] {
  const { size, minimum } = vm.memory ?? {};
  if (size === undefined || minimum === undefined || (parseSize(minimum) ?? 0) <= (parseSize(size) ?? 0)) return [];
  const detail = `\`vms.${name}.memory\` has the minimum ${minimum}, which is more than its size ${size}.`;
  return [mistake('inventory/conflict', locate.value('vms', name, 'memory', 'minimum'), detail)];
}

const ways = ['kernel', 'bootloader', 'firmware'] as const;

/** xl.cfg(5): firmware is for hvm, pygrub for the others; a kernel may be given to all. */
function boot(name: string, vm: Draft, { locate }: Subject): readonly Diagnostic[] {
  if (vm.boot === undefined) return [];
  const path = ['vms', name, 'boot'];
  const has = (key: keyof BootSpec): boolean => locate.has(...path, key);
  const [way, second] = ways.filter(has);
  const tell = (key: keyof BootSpec, detail: string): Diagnostic =>
    mistake('inventory/conflict', locate.key(...path, key), `\`${pathText(path)}\` ${detail}`);
  if (way === undefined)
    return [
      mistake('inventory/missing-key', locate.key(...path), `\`${pathText(path)}\` has none of ${ways.join(', ')}.`),
    ];
  const found: Diagnostic[] = [];
  if (second !== undefined) found.push(tell(second, `has both ${way} and ${second}; a VM starts in one way.`));
  if (has('firmware') && (vm.type ?? 'hvm') !== 'hvm')
    found.push(tell('firmware', `has firmware, which is for hvm; ${name} is ${vm.type}.`));
  if (has('bootloader') && vm.type === 'hvm')
    found.push(tell('bootloader', 'has a bootloader, which is for pv and pvh; an hvm has firmware.'));
  for (const key of ['ramdisk', 'cmdline'] as const)
    if (has(key) && !has('kernel')) found.push(tell(key, `has ${key} without kernel.`));
  if (has('order') && !has('firmware')) found.push(tell('order', 'has order without firmware.'));
  return found;
}

/** X1: before its home starts it alone, it must hear from every other node that could run it (docs/boot.md). */
function autostart(name: string, vm: Draft, { draft, locate }: Subject): readonly Diagnostic[] {
  if (vm.autostart !== 'home' || vm.home === undefined || draft.defaults?.migration?.trust !== 'manual') return [];
  const others = new Set(nodesOf(vm, draft));
  others.delete(vm.home);
  if (others.size === 0) return [];
  const detail = `\`vms.${name}\` starts by itself on ${vm.home}, which must ask ${[...others].join(', ')} before, and may not.`;
  const help =
    'Let the nodes trust each other, `defaults.migration.trust: managed` (docs/trust.md), or take `autostart: never`.';
  return [mistake('inventory/conflict', locate.value('vms', name, 'autostart'), detail, help)];
}

/** docs/boot.md: the service at boot knows mirrors and plain volumes. */
function bootsOn(name: string, vm: Draft, { locate }: Subject): readonly Diagnostic[] {
  if (vm.autostart !== 'home') return [];
  const path = ['vms', name, 'disks'];
  return items(vm.disks).flatMap(([at]) =>
    (['export', 'array'] as const)
      .filter((key) => locate.has(...path, at, key))
      .map((key) => {
        const detail = `\`vms.${name}\` starts by itself, and its disk is on an ${key}, for which its home does not wait when it boots.`;
        return mistake('inventory/not-supported', locate.key(...path, at, key), detail, 'Take `autostart: never`.');
      }),
  );
}

/** Where it could run: one without disks, anywhere. */
function nodesOf({ disks }: Draft, { volumes, nodes }: Subject['draft']): readonly string[] {
  if (disks?.length === 0) return Object.keys(nodes ?? {});
  return items(disks).flatMap(([, { volume }]) => items(ownValue(volumes, volume)?.replicas).map(([, node]) => node));
}

function guestDevices([name, { disks }]: [string, Draft]): readonly Use[] {
  return items(disks).flatMap(([at, disk]) =>
    disk.as === undefined
      ? []
      : [{ key: `${name} ${disk.as}`, what: `The disk ${disk.as} of ${name}`, path: ['vms', name, 'disks', at, 'as'] }],
  );
}

/** Identities that were not given count as well: they follow from the names. */
function uuids(name: string, vm: Draft, { draft }: Subject): readonly Use[] {
  const uuid = vm.uuid?.toLowerCase() ?? uuidOf(draft.site ?? '', name);
  return [{ key: uuid, what: `The uuid ${uuid}`, path: ['vms', name, ...(vm.uuid === undefined ? [] : ['uuid'])] }];
}

function macs(name: string, vm: Draft, { draft }: Subject): readonly Use[] {
  return items(vm.nics).map(([at, nic]) => {
    const mac = nic.mac?.toLowerCase() ?? macOf(draft.site ?? '', name, at);
    return {
      key: mac,
      what: `The MAC address ${mac}`,
      path: ['vms', name, 'nics', at, ...(nic.mac === undefined ? [] : ['mac'])],
    };
  });
}
