/** Both sides changed apart from each other: both histories, who ran the VM, how much differs, and what giving up one side would take. It never chooses (D4, D5, K6). */
import { isLive } from '../../kinds/domain/copies.ts';
import type { Domain } from '../../kinds/domain/facts.ts';
import type { Volume } from '../../kinds/site.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { type Cause, cause, type Evidence, on, type Told, type Way, way } from '../cause.ts';
import { lastFall, lastOf, resourceLog } from '../log.ts';
import type { View } from '../view.ts';
import { asEvidence, compare, generationsOf } from './generations.ts';
import { type Mirror, outOfSyncBytes, type Replica } from './resource.ts';

const detected = /Split-Brain detected but unresolved/;
const sides = /block drbd\d+: (self|peer) [0-9A-F:]+ bits:/;

export function splitBrain(mirror: Mirror, view: View): readonly Cause[] {
  const { volume, replicas } = mirror;
  const known = replicas.flatMap(({ node }) => generationsOf(view, node, volume.name) ?? []);
  const [one, other] = known;
  const compared = one === undefined || other === undefined ? undefined : compare(one, other);
  const falls = replicas.map(({ node }) => ({ node, fall: lastFall(resourceLog(view, node, volume.name)) }));
  const said = falls.flatMap(({ node, fall }) => lastOf(node, fall, detected));
  const isSplit =
    compared === 'split brain' || (said.length > 0 && compared !== 'equal' && compared !== 'one is newer');
  if (!isSplit) return [];
  const log = falls.flatMap(({ node, fall }) => [
    ...lastOf(node, fall, detected),
    ...fall.filter((line) => sides.test(line)).map((line) => ({ node, source: 'kernel log', line })),
  ]);
  const evidence = [
    ...known.map(asEvidence),
    ...log,
    ...replicas.flatMap((replica) => writersOn(replica, volume, view)),
  ];
  return [cause('split-brain', 'proven', { detail: detailOf(mirror), evidence, ways: waysOf(mirror, view) })];
}

function detailOf({ volume, replicas, unread }: Mirror): string {
  const each = replicas.map(
    (one) => `${one.node} has written ${formatSize(outOfSyncBytes(one))} that its peer does not have`,
  );
  const missing = unread.map((node) => `what ${node} has written cannot be told without it`);
  return `${volume.name} went on on both sides while they did not see each other: ${[...each, ...missing].join('; ')} (by DRBD's own account, in blocks of 4 KiB). Nobody but you can know whose data count. Giving up one side loses what it wrote since they parted.`;
}

/** Who may have written: guests that run there now, and each time that it was promoted since the boot. */
function writersOn({ node, running }: Replica, volume: Volume, view: View): readonly Evidence[] {
  const guests = guestsOn(node, volume, view);
  const roles = resourceLog(view, node, volume.name).filter((line) => /: role\( /.test(line));
  return [
    ...(running === undefined ? [] : [{ node, source: 'drbdsetup', line: `role:${running.role}` }]),
    ...guests.map((one) => ({
      node,
      source: 'xl list',
      line: `${one.name} (domid ${one.id}, ${one.state}) ${isLive(one) ? 'runs here' : 'is here and does not run'}`,
    })),
    ...roles.slice(-3).map((line) => ({ node, source: 'kernel log', line })),
  ];
}

/** Domains there of the VMs whose disk it is. */
function guestsOn(node: NodeName, { name }: Volume, view: View): readonly Domain[] {
  const domains = view.facts.get(node)?.domain.domains;
  const vms = Object.values(view.site.vms).filter(({ disks }) =>
    disks.some((disk) => 'volume' in disk && disk.volume === name),
  );
  return (domains?.known === true ? domains.value : []).filter(({ uuid }) => vms.some((vm) => vm.uuid === uuid));
}

/** One way for each side that could be kept; each begins with a copy of what would be lost. */
function waysOf({ volume, replicas }: Mirror, view: View): readonly Way[] {
  if (volume.replicas.length > 2) return [];
  return volume.replicas.flatMap((keep) => {
    const lose = volume.replicas.find((node) => node !== keep);
    if (lose === undefined) return [];
    const running = replicas.find(({ node }) => node === keep)?.running;
    const waits = running?.connections.some(({ state }) => state !== 'StandAlone') === true;
    return [
      way(
        `To keep what ${keep} has, and give up what ${lose} wrote since they parted. Stop on ${lose} whatever uses it first; the copy can be compared later, and is removed with \`lvremove\``,
        ...guestsOn(lose, volume, view)
          .filter(isLive)
          .map(({ id }) => on(lose, `xl shutdown -w ${id}`)),
        snapshot(volume, lose, view),
        on(lose, `drbdadm secondary ${volume.name}`),
        on(lose, `drbdadm connect --discard-my-data ${volume.name}`),
        ...(waits ? [] : [on(keep, `drbdadm connect ${volume.name}`)]),
      ),
    ];
  });
}

/** Of the slice below: as large as its origin, so that it can never fill up (L5). */
function snapshot({ name, group, thinPool }: Volume, node: NodeName, view: View): Told {
  const copy = `${name}-before-split-brain`;
  const size = thinPool === undefined ? '--extents 100%ORIGIN ' : '';
  const groups = view.facts.get(node)?.volumeGroup.groups;
  const found = groups?.known === true ? groups.value.find((one) => one.name === group) : undefined;
  const slices = view.facts.get(node)?.volume.volumes;
  const slice =
    slices?.known === true ? slices.value.find((one) => one.group === group && one.name === name) : undefined;
  const short =
    thinPool === undefined &&
    found !== undefined &&
    slice !== undefined &&
    found.freeExtents * found.extentBytes < slice.bytes;
  const command = `lvcreate --snapshot ${size}--name ${copy} ${group}/${name}`;
  return on(
    node,
    short
      ? `${command}   # ${group} has only ${formatSize(found.freeExtents * found.extentBytes)} free: add room first`
      : command,
  );
}
