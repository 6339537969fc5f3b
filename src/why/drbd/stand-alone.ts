/** Why a side does not look for its peer. */
import { type Cause, cause, type Evidence, on, type State, way } from '../cause.ts';
import { lastFall, lastOf, resourceLog } from '../log.ts';
import type { View } from '../view.ts';
import { asEvidence, compare, generationsOf } from './generations.ts';
import { type Mirror, whyUnread } from './resource.ts';
import { portTaken, secretDiffers, settingsDiffer } from './settings.ts';
import { splitBrain } from './split-brain.ts';

/** From the sources (drbd_sync_handshake) until the lab has said it. */
const unrelated = /Unrelated data, aborting/;

export function standAlone(found: State, mirror: Mirror, view: View): readonly Cause[] {
  const reasons = [
    ...splitBrain(mirror, view),
    ...unrelatedData(mirror, view),
    ...settingsDiffer(mirror, view),
    ...secretDiffers(mirror, view),
    ...portTaken(mirror, view),
  ];
  const proven = reasons.some(({ certainty }) => certainty === 'proven');
  return [
    ...reasons,
    ...(proven ? [] : disconnected(found, mirror, view, reasons.length === 0)),
    ...(proven ? [] : undecided(mirror, view)),
  ];
}

function unrelatedData({ volume, replicas }: Mirror, view: View): readonly Cause[] {
  const known = replicas.flatMap(({ node }) => generationsOf(view, node, volume.name) ?? []);
  const [one, other] = known;
  const compared = one === undefined || other === undefined ? undefined : compare(one, other);
  const said = replicas.flatMap(({ node }) => lastOf(node, lastFall(resourceLog(view, node, volume.name)), unrelated));
  if (said.length === 0 && compared !== 'unrelated') return [];
  const detail = `The histories of ${volume.name} have nothing in common: one of the two was made anew, or is another volume. Find out which side holds the data before anything else; the other one is synced whole.`;
  return [
    cause('unrelated-data', said.length > 0 ? 'proven' : 'likely', {
      detail,
      evidence: [...said, ...known.map(asEvidence)],
      ways: [
        way(
          'Look at what each side holds',
          ...replicas.map(({ node }) =>
            on(node, `drbdadm dump-md ${volume.name}; wipefs -n /dev/${volume.group}/${volume.name}`),
          ),
        ),
      ],
    }),
  ];
}

/** Nothing that was read speaks for anything else. */
function disconnected(found: State, { volume, replicas }: Mirror, view: View, alone: boolean): readonly Cause[] {
  const known = replicas.flatMap(({ node }) => generationsOf(view, node, volume.name) ?? []);
  const [one, other] = known;
  const together = one !== undefined && other !== undefined && ['equal', 'one is newer'].includes(compare(one, other));
  const said: readonly Evidence[] = found.nodes.flatMap((node) =>
    lastOf(node, resourceLog(view, node, volume.name), /conn\( \w+ -> (Disconnecting|StandAlone) \)/),
  );
  const certainty = together && alone && said.length > 0 ? 'likely' : 'possible';
  const safe = together
    ? 'The histories of both sides fit together: connecting again copies what is missing, and loses nothing.'
    : 'Compare the histories of both sides first (`drbdadm show-gi`): if both changed, it is a split brain.';
  return [
    cause('disconnected', certainty, {
      detail: `Somebody ran \`drbdadm disconnect\` on ${found.nodes.join(' and ')}, or it was never told to connect since it came up. ${safe}`,
      evidence: [...said, ...known.map(asEvidence)],
      ways: [way('To connect it again', ...found.nodes.map((node) => on(node, `drbdadm connect ${volume.name}`)))],
    }),
  ];
}

function undecided({ volume, unread }: Mirror, view: View): readonly Cause[] {
  return unread.map((node) =>
    cause('split-brain', 'undecided', {
      detail: `Whether both sides of ${volume.name} changed apart from each other cannot be told without ${node}. Do not connect with \`--discard-my-data\` before it has been asked.`,
      evidence: [whyUnread(node, view)],
    }),
  );
}
