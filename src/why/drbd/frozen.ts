/** Why a mirror holds back I/O, or allows what it should not (D1, D13, W6). */
import { isLive } from '../../kinds/domain/copies.ts';
import type { Vm, Volume } from '../../kinds/site.ts';
import { type Cause, cause, here, on, type State, way } from '../cause.ts';
import { lastOf, resourceLog } from '../log.ts';
import type { View } from '../view.ts';
import { isPrimaryTwice, type Mirror, type Replica, stateLine } from './resource.ts';

export function suspended(found: State, mirror: Mirror, view: View): readonly Cause[] {
  return mirror.replicas
    .filter(({ node }) => found.nodes.includes(node))
    .flatMap((replica) =>
      (replica.running?.suspended ?? '').split(',').flatMap((word) => held(word, replica, mirror, view)),
    );
}

function held(word: string, replica: Replica, { volume, unread }: Mirror, view: View): readonly Cause[] {
  const { node } = replica;
  const { name } = volume;
  const evidence = [
    stateLine(replica),
    ...lastOf(node, resourceLog(view, node, name), /susp\(|fence-peer|Remote failed to finish/),
  ];
  const resume = on(node, `drbdadm resume-io ${name}`);
  const peer = volume.replicas.filter((one) => one !== node).join(', ');
  switch (word) {
    case 'user':
      return [
        cause('suspended-by-hand', 'proven', {
          detail: `Somebody ran \`drbdadm suspend-io\` on ${node}; whoever writes to ${name} there waits, and loses nothing.`,
          evidence,
          ways: [way('To let it go on', resume)],
        }),
      ];
    case 'no-data':
      return [
        cause('no-good-disk', 'proven', {
          detail: `Neither ${node} nor a peer that it sees has good data of ${name}; what is written waits.${unread.length > 0 ? ` ${unread.join(', ')} may have them.` : ''}`,
          evidence,
          ways: [way('Bring a good side back (its disk, or its node); it then goes on by itself, or with', resume)],
        }),
      ];
    case 'fencing':
      return [
        cause('fencing-pending', 'proven', {
          detail: `${node} has lost ${peer}, and writes nothing to ${name} until it is certain that ${peer} does not write either.`,
          evidence,
          ways: [way(`Once it is certain that ${peer} is off, or does not write: then, and only then`, resume)],
        }),
      ];
    case 'quorum':
      return [
        cause('quorum-lost', 'proven', {
          detail: `${node} sees too few of ${volume.replicas.join(', ')} to know that nobody else writes to ${name}.`,
          evidence,
          ways: [way('Bring the missing nodes back; it goes on by itself')],
        }),
      ];
    default:
      return [];
  }
}

function vmsOn({ name }: Volume, { site }: View): readonly Vm[] {
  return Object.values(site.vms).filter(({ disks }) => disks.some((disk) => 'volume' in disk && disk.volume === name));
}

export function windowOpen(found: State, { volume, replicas, unread }: Mirror, view: View): readonly Cause[] {
  const evidence = found.nodes.map((node) => ({ node, source: 'drbdsetup show', line: 'allow-two-primaries yes;' }));
  const detail = `${volume.name} allows two Primaries on ${found.nodes.join(' and ')}, as it does for the seconds of a live migration. A link that is lost now would be a split brain.`;
  const [vm] = vmsOn(volume, view);
  const both = isPrimaryTwice({ replicas, unread });
  const ways = [
    ...(vm === undefined ? [] : [way('When no migration runs any more', here(`sanctl migrate ${vm.name} --cleanup`))]),
    ...(both
      ? []
      : [
          way(
            'By hand, while one side is Secondary',
            ...found.nodes
              .slice(0, 1)
              .map((node) => on(node, `drbdadm net-options --allow-two-primaries=no ${volume.name}`)),
          ),
        ]),
  ];
  return [cause('move-unfinished', 'likely', { detail, evidence, ways })];
}

export function twoPrimaries(found: State, { volume, unread }: Mirror, view: View): readonly Cause[] {
  const guests = found.nodes.flatMap((node) => {
    const domains = view.facts.get(node)?.domain.domains;
    const own = (domains?.known === true ? domains.value : []).filter(({ uuid }) =>
      vmsOn(volume, view).some((vm) => vm.uuid === uuid),
    );
    return own.map((one) => ({ node, live: isLive(one), line: `${one.name} (domid ${one.id}, ${one.state})` }));
  });
  const evidence = [
    ...guests.map(({ node, line }) => ({ node, source: 'xl list', line })),
    ...found.nodes.flatMap((node) => lastOf(node, resourceLog(view, node, volume.name), /: role\( /)),
  ];
  const writers = new Set(guests.filter(({ live }) => live).map(({ node }) => node));
  const blind = found.nodes.filter((node) => view.facts.get(node)?.domain.domains.known !== true);
  const users = [
    ...writers,
    ...blind.map((node) => `somebody on ${node}, whose guests could not be read, perhaps`),
  ].join(' and ');
  // Where nobody could look, it is the word of the other side.
  const everywhere = found.nodes.length > 1 ? found.nodes : [...found.nodes, ...unread];
  const detail =
    writers.size > 1
      ? `Guests run on ${[...writers].join(' and ')} over ${volume.name}: two writers are destroying it. Stop one of them now.`
      : `${volume.name} is Primary on ${everywhere.join(' and ')}; ${users || 'no live guest of the inventory'} has it in use. The other side can write at any moment.`;
  const ways = found.nodes
    .filter((node) => !writers.has(node) || writers.size > 1)
    .map((node) =>
      way(`To end it on ${node}: stop whatever writes there first`, on(node, `drbdadm secondary ${volume.name}`)),
    );
  return [cause('forced-primary', 'proven', { detail, evidence, ways })];
}
