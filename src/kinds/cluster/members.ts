/** What the cluster looks after: which VMs, and on which mirrors. Pure. */
import type { NodeName } from '../../step.ts';
import { volumesOf } from '../reach.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Site, Vm, Volume } from '../site.ts';

export function isManaged(site: Site, vm: Vm): boolean {
  return site.cluster?.vms.includes(vm.name) === true;
}

/** In the order of the inventory. */
export function managedVms(site: Site): readonly Vm[] {
  return site.cluster === undefined ? [] : Object.values(site.vms).filter((vm) => isManaged(site, vm));
}

/** The mirrors of a VM, in the order of its disks. */
export function mirrorsOf(vm: Vm, site: Site): readonly Volume[] {
  return [...new Set(volumesOf(vm))].flatMap((name) => site.volumes[name] ?? []);
}

/** Those that the cluster makes Primary, and nobody else. */
export function managedVolumes(site: Site): readonly Volume[] {
  const services = site.cluster?.services.flatMap(({ volume }) => site.volumes[volume] ?? []) ?? [];
  return [...new Set([...managedVms(site).flatMap((vm) => mirrorsOf(vm, site)), ...services])];
}

export function isManagedVolume(site: Site, volume: string): boolean {
  return managedVolumes(site).some(({ name }) => name === volume);
}

/** Where the cluster may run it: every one of its disks is there. The home first. */
export function runnableOn(vm: Vm, site: Site, { nodes }: Cluster): readonly NodeName[] {
  const able = nodes.filter((node) => mirrorsOf(vm, site).every(({ replicas }) => replicas.includes(node)));
  return [...able.filter((node) => node === vm.home), ...able.filter((node) => node !== vm.home)];
}
