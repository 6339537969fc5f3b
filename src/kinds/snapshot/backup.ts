/** Which snapshots a backup is made of, and how much of each: a whole set, of one moment, on a node that was read. Pure. */
import { failed, ok, type Result } from '../../diagnostic.ts';
import type { ReadDisk } from '../../shell/script.ts';
import type { NodeName } from '../../step.ts';
import { nameOf, volumesOf } from '../reach.ts';
import type { Site, Vm, Volume } from '../site.ts';
import { tags } from '../volume/tags.ts';
import type { NodeFacts } from '../world.ts';
import * as no from './refusals.ts';
import { isOfSize, isValid, type Snapshot, snapshotsIn } from './sets.ts';

export interface BackupSource {
  readonly node: NodeName;
  readonly disks: readonly (Omit<ReadDisk, 'from'> & { readonly volume: string; readonly group: string })[];
}

type Facts = ReadonlyMap<NodeName, Pick<NodeFacts, 'volume' | 'drbd'>>;

/** Of the nodes that were read: what is on another one is not needed. */
export function backupSource(vm: Vm, set: string, site: Site, facts: Facts): Result<BackupSource> {
  const names = volumesOf(vm);
  const all = snapshotsIn(facts).filter(
    ({ origin, group }) => names.includes(origin) && site.volumes[origin]?.group === group,
  );
  const found = all.filter((one) => one.set === set);
  const [first] = found;
  if (first === undefined) return failed(no.noSet(vm, set, all));
  const others = vm.disks.flatMap((disk) =>
    'volume' in disk ? [] : [{ on: 'export' in disk ? ('export' as const) : ('array' as const), volume: nameOf(disk) }],
  );
  if (others.length > 0) return failed(no.otherDisks(vm, others));
  const broken = found.find(
    ({ whole, node, slice }) => !whole || node !== first.node || !slice.active || slice.health !== '',
  );
  if (broken !== undefined || found.length > names.length) return failed(no.notWhole(vm, broken ?? first));
  const volumes = names.flatMap((name) => site.volumes[name] ?? []);
  const missing = volumes.filter(({ name }) => !found.some(({ origin }) => origin === name));
  if (missing.length > 0) return failed(...missing.map((volume) => no.notInSet(vm, volume)));
  const sized = found.map((snapshot) => ({ snapshot, bytes: bytesOf(snapshot, site.volumes[snapshot.origin], facts) }));
  const unsized = sized.filter(({ bytes }) => bytes === undefined).map(({ snapshot }) => no.sizeUnknown(vm, snapshot));
  if (unsized.length > 0) return failed(...unsized);
  return ok({ node: first.node, disks: sized.map(({ snapshot, bytes = 0 }) => diskOf(snapshot, bytes)) });
}

/**
 * As large as its origin, which must be as large as it was: what LVM calls the size of a thick snapshot is the room for what changes (of an
 * origin of 104857600 bytes it said 109051904; lvm2 2.03.16). Behind the data of a mirror stands DRBD's own; where that begins, the running
 * mirror knows.
 */
function bytesOf(
  { node, group, origin, slice }: Snapshot,
  volume: Volume | undefined,
  facts: Facts,
): number | undefined {
  const { volume: lvm, drbd } = facts.get(node) ?? {};
  const slices = lvm?.volumes.known ? lvm.volumes.value : [];
  const now = slices.find((one) => one.group === group && one.name === origin);
  if (now === undefined || !isOfSize(now, slice)) return undefined;
  if (volume === undefined || volume.replicas.length < 2) return now.bytes;
  const bytes = drbd?.running.known ? drbd.running.value[origin]?.volumes['0']?.bytes : undefined;
  return bytes !== undefined && bytes < now.bytes ? bytes : undefined;
}

function diskOf({ group, origin, slice }: Snapshot, bytes: number): BackupSource['disks'][number] {
  const select = selectionOf(group, origin, slice);
  return { volume: origin, group, device: slice.path, uuid: slice.uuid, select, bytes };
}

/** One that nobody may write to, whole, and not on its way back into its origin. */
function selectionOf(group: string, origin: string, { uuid, name, pool }: Snapshot['slice']): string {
  const identity = `lv_uuid=${uuid} && vg_name=${group} && lv_name=${name} && origin=${origin}`;
  const marks = `lv_tags=${tags.snapshot} && lv_tags!=${tags.snapshotUnfinished}`;
  return `${identity} && ${marks} && lv_active=active && lv_permissions=read-only && lv_merging=0 && ${isValid({ pool })}`;
}
