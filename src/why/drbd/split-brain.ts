/** Both sides changed apart from each other: both histories, who ran the VM, how much differs, and what giving up one side would take. It never chooses (D4, D5, K6). */
import { isLive } from '../../kinds/domain/copies.ts';
import type { Domain } from '../../kinds/domain/facts.ts';
import type { Volume } from '../../kinds/site.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { type Cause, cause, type Evidence, here, on, type Way, way } from '../cause.ts';
import { lastFall, lastOf, resourceLog } from '../log.ts';
import { sliceOn } from '../slice.ts';
import type { View } from '../view.ts';
import { asEvidence, compare, generationsOf } from './generations.ts';
import { type Mirror, outOfSyncBytes, peersOf, type Replica } from './resource.ts';

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
  const each = replicas.map((one) =>
    peersOf(one).length === 0
      ? `what ${one.node} has written DRBD does not tell now`
      : `${one.node} has written ${formatSize(outOfSyncBytes(one))} that its peer does not have`,
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

/**
 * One way for each side whose data are good; each begins with a copy of what would be lost. None before both were asked:
 * nobody gives up one side for another that nobody has looked at (K6).
 */
function waysOf({ volume, replicas, unread }: Mirror, view: View): readonly Way[] {
  if (volume.replicas.length > 2) return [];
  const asked = here(`sanctl why volume/${volume.name}`);
  if (unread.length > 0)
    return [way(`Bring ${unread.join(', ')} back, whose data may be the better ones; then ask again`, asked)];
  const bad = replicas.filter(({ device }) => device?.disk !== 'UpToDate');
  const good = replicas.filter((one) => !bad.includes(one));
  return [
    ...bad.map(({ node, device }) =>
      way(
        `${node} cannot be the one to keep: its disk is ${device?.disk ?? 'not there, for it is not up'}. If its data are to count, mend that first; then ask again`,
        asked,
      ),
    ),
    ...good.flatMap((keep) => {
      const lose = replicas.find(({ node }) => node !== keep.node)?.node;
      return lose === undefined ? [] : [giveUp(volume, keep, lose, view)];
    }),
  ];
}

function giveUp(volume: Volume, keep: Replica, lose: NodeName, view: View): Way {
  const { name } = volume;
  const waits = keep.running?.connections.some(({ state }) => state !== 'StandAlone') === true;
  const title = `To keep what ${keep.node} has, and give up what ${lose} wrote since they parted. Stop on ${lose} whatever uses it first; nothing is given up unless the copy was made; it can be compared later, and is removed with \`lvremove\``;
  return way(
    `${title}${shortOf(volume, lose, view)}`,
    ...guestsOn(lose, volume, view)
      .filter(isLive)
      .map(({ id }) => on(lose, `xl shutdown -w ${id}`)),
    // In one line: whoever pastes it after a copy that failed has lost nothing.
    on(lose, [copyOf(volume), `drbdadm secondary ${name}`, `drbdadm connect --discard-my-data ${name}`].join(' && ')),
    ...(waits ? [] : [on(keep.node, `drbdadm connect ${name}`)]),
  );
}

/** Of the slice below: as large as its origin, so that it can never fill up (L5). */
function copyOf({ name, group, thinPool }: Volume): string {
  const size = thinPool === undefined ? '--extents 100%ORIGIN ' : '';
  return `lvcreate --snapshot ${size}--name ${name}-before-split-brain ${group}/${name}`;
}

/** Why the copy would not fit; empty where it does, or where that is not known: `lvcreate` looks itself. */
function shortOf({ name, group, thinPool }: Volume, node: NodeName, view: View): string {
  const groups = view.facts.get(node)?.volumeGroup.groups;
  const found = groups?.known === true ? groups.value.find((one) => one.name === group) : undefined;
  const slice = sliceOn(node, group, name, view);
  if (thinPool !== undefined || found === undefined || slice === undefined || slice === 'absent') return '';
  const free = found.freeExtents * found.extentBytes;
  return free >= slice.bytes
    ? ''
    : `. Add room first: the copy takes ${formatSize(slice.bytes)}, and ${group} on ${node} has ${formatSize(free)} free`;
}
