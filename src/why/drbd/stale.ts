/** Why a replica has no good data of its own, or does not get them. */

import { justCreated } from '../../kinds/drbd/facts.ts';
import { formatSize } from '../../quantity.ts';
import { type Cause, cause, here, on, type State, way } from '../cause.ts';
import { lastOf, resourceLog } from '../log.ts';
import type { View } from '../view.ts';
import { asEvidence, generationsOf } from './generations.ts';
import { connectionsOf, isPrimary, type Mirror, outOfSyncBytes, peersOf, type Replica, stateLine } from './resource.ts';

const connected = ['Connected'];

export function inconsistent(found: State, mirror: Mirror, view: View): readonly Cause[] {
  const { volume } = mirror;
  const here_ = mirror.replicas.filter(({ node }) => found.nodes.includes(node));
  const news = here_.map(({ node }) => view.facts.get(node)?.drbd.halves[volume.name]?.generation);
  const isNew = news.every((one) => one?.known === true && one.value?.current === justCreated);
  if (here_.length === volume.replicas.length && isNew) {
    const detail = `Both sides of ${volume.name} are new: no first sync, and no word that they are equal, has been given (K1).`;
    const evidence = here_.flatMap(({ node }) => generationsOf(view, node, volume.name) ?? []).map(asEvidence);
    return [
      cause('never-seeded', 'proven', {
        detail,
        evidence,
        ways: [way('The first apply was not ended: go on', here('sanctl apply'))],
      }),
    ];
  }
  return here_.flatMap((replica) => whyStale(replica, mirror, view));
}

function whyStale(replica: Replica, { volume }: Mirror, view: View): readonly Cause[] {
  const { node } = replica;
  const [peer] = peersOf(replica);
  const left = formatSize(outOfSyncBytes(replica));
  if (peer?.replication === 'SyncTarget') {
    const detail = `${node} gets what it lacks of ${volume.name} from its peer; ${left} are left. Until then there is one good copy: leave its peer alone.`;
    return [
      cause('syncing', 'proven', {
        detail,
        evidence: [stateLine(replica)],
        ways: [way('Nothing is to be done; this shows how far it is', on(node, 'cat /proc/drbd'))],
      }),
    ];
  }
  const joined = connectionsOf(replica).some(({ state }) => connected.includes(state));
  const detail = `A sync of ${volume.name} to ${node} broke off${joined ? '' : ', and its peer is not connected'}: a part of it is old, a part new. It is of no use by itself and must not be promoted by force; it goes on by itself when its peer is connected again.`;
  const said = lastOf(node, resourceLog(view, node, volume.name), /SyncTarget -> |-> SyncTarget/);
  return [cause('sync-interrupted', 'proven', { detail, evidence: [stateLine(replica), ...said] })];
}

export function outdated(found: State, mirror: Mirror, view: View): readonly Cause[] {
  const { volume, replicas, unread } = mirror;
  return replicas
    .filter(({ node }) => found.nodes.includes(node))
    .map((replica) => {
      const { node } = replica;
      const said = lastOf(node, resourceLog(view, node, volume.name), /disk\( \w+ -> (Outdated|Consistent) \)/);
      const peers = volume.replicas.filter((one) => one !== node);
      const known = generationsOf(view, node, volume.name);
      const detail = `${node} knows that ${peers.join(', ')} went on with ${volume.name} without it, or that it may have: its own data are old. It will not be promoted, which is right. Connected again, it gets what it missed.`;
      const ways =
        unread.length > 0
          ? [
              way(
                `Bring ${unread.join(', ')} back; it has the newer data`,
                here(`sanctl facts ${unread.join(' ')} --only drbd`),
              ),
            ]
          : [];
      const evidence = [stateLine(replica), ...said, ...(known === undefined ? [] : [asEvidence(known)])];
      return cause('peer-went-on', said.length > 0 || replica.device?.disk === 'Outdated' ? 'proven' : 'likely', {
        detail,
        evidence,
        ways,
      });
    });
}

export function paused(found: State, { volume, replicas }: Mirror, view: View): readonly Cause[] {
  return replicas
    .filter(({ node }) => found.nodes.includes(node))
    .flatMap((replica): readonly Cause[] => {
      const words = peersOf(replica).flatMap(({ resyncSuspended }) => resyncSuspended.split(','));
      const evidence = [
        stateLine(replica),
        ...lastOf(
          replica.node,
          resourceLog(view, replica.node, volume.name),
          /aftr_isp|user_isp|peer_isp|-> PausedSync/,
        ),
      ];
      if (words.includes('user')) {
        const detail = `Somebody ran \`drbdadm pause-sync\` on ${replica.node}; meanwhile there is one good copy of ${volume.name}.`;
        return [
          cause('sync-paused-by-hand', 'proven', {
            detail,
            evidence,
            ways: [way('To let it go on', on(replica.node, `drbdadm resume-sync ${volume.name}`))],
          }),
        ];
      }
      if (words.includes('dependency')) {
        const detail = `${volume.name} waits on ${replica.node} until another resource has synced (\`resync-after\`); it goes on by itself.`;
        return [cause('sync-waits', 'proven', { detail, evidence })];
      }
      if (words.includes('peer')) {
        const node = volume.replicas.find((one) => one !== replica.node);
        const detail = `The peer of ${replica.node} has paused it: ${node ?? 'there'} somebody ran \`drbdadm pause-sync\`, or it waits for another resource.`;
        const ways =
          node === undefined
            ? []
            : [way('To let it go on, if it was paused there', on(node, `drbdadm resume-sync ${volume.name}`))];
        return [
          cause('sync-paused-by-hand', found.nodes.length > 1 ? 'possible' : 'likely', { detail, evidence, ways }),
        ];
      }
      return [];
    });
}

/** Blocks that `drbdadm verify` marked: nobody knows which side is right (D14). */
export function differs({ nodes }: State, { volume, replicas }: Mirror, view: View): readonly Cause[] {
  const log = nodes.flatMap((node) =>
    lastOf(node, resourceLog(view, node, volume.name), /[Oo]nline verify|Out of sync/),
  );
  const many = formatSize(Math.max(...replicas.map(outOfSyncBytes)));
  const detail = `${many} of ${volume.name} are marked as different on ${nodes.join(' and ')} although it is connected: an online verify found them. Which side is right DRBD cannot know; the one that was Primary is what the guest has read.`;
  const secondary = replicas.find(({ node, running }) => nodes.includes(node) && running?.role === 'Secondary');
  // Without a Primary, connecting anew copies nothing, or in a direction that nobody has chosen.
  const ways =
    secondary === undefined || !replicas.some(isPrimary)
      ? []
      : [
          way(
            `When the Primary side is right: connect ${secondary.node} anew, and those blocks are copied to it`,
            on(secondary.node, `drbdadm disconnect ${volume.name}`),
            on(secondary.node, `drbdadm connect ${volume.name}`),
          ),
        ];
  return [cause('blocks-differ', log.length > 0 ? 'proven' : 'likely', { detail, evidence: log, ways })];
}
