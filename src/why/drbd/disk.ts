/** Why a replica is without its disk. */

import type { NodeName } from '../../step.ts';
import { type Cause, cause, type Evidence, here, on, type State, way } from '../cause.ts';
import { logOf, resourceLog } from '../log.ts';
import { missingDisks, sliceOn } from '../slice.ts';
import type { View } from '../view.ts';
import { connectionsOf, type Mirror } from './resource.ts';

/** The last two are from the sources (drbd 8.4, drbd_int.h and drbd_req.c) until the lab has said them. */
const broken = /I\/O error|IO error|Local IO failed|local (READ|WRITE) IO error/;

export function diskless({ nodes }: State, mirror: Mirror, view: View): readonly Cause[] {
  const { volume } = mirror;
  return nodes.flatMap((node): readonly Cause[] => {
    const { name, group } = volume;
    const good = isGoodElsewhere(node, mirror);
    const elsewhere = elsewhereText(good, mirror);
    const missing = missingDisks(node, group, view);
    if (missing.length > 0)
      return [missing[0], ...ioErrors(node, name, good, elsewhere, view)].filter((one) => one !== undefined);
    const slice = sliceOn(node, group, name, view);
    if (slice === 'absent') return [sliceGone(node, name, group, elsewhere)];
    const errors = ioErrors(node, name, good, elsewhere, view);
    if (errors.length > 0) return errors;
    const signatures = view.facts.get(node)?.drbd.halves[name]?.signatures;
    if (signatures?.known === true && !signatures.value.includes('drbd'))
      return [metadataGone(node, name, group, elsewhere)];
    return [detached(node, name, elsewhere, view)];
  });
}

/** By the word of another replica, or of the connection to one. */
function isGoodElsewhere(node: NodeName, { replicas }: Mirror): boolean {
  return replicas.some((one) =>
    one.node === node
      ? connectionsOf(one).some(({ state, volumes }) => state === 'Connected' && volumes['0']?.disk === 'UpToDate')
      : one.device?.disk === 'UpToDate',
  );
}

/** Without another one, what is on this disk may be the only copy. */
function elsewhereText(good: boolean, { unread }: Mirror): string {
  if (good) return 'Its peer has the data: do not disconnect it.';
  const away = unread.length === 0 ? '' : ` ${unread.join(', ')} may have one, and did not say.`;
  return `No good copy was seen elsewhere: what is here may be the only one.${away} Remove, replace or make nothing anew here.`;
}

function ioErrors(node: NodeName, name: string, good: boolean, elsewhere: string, view: View): readonly Cause[] {
  const own = resourceLog(view, node, name);
  const fell = own.findLast((line) => /disk\( \w+ -> Failed \)/.test(line));
  const lines = [
    ...logOf(view, node)
      .filter((line) => /I\/O error, dev/.test(line))
      .slice(-3),
    ...own.filter((line) => broken.test(line)).slice(-3),
  ];
  if (lines.length === 0) return [];
  const evidence = [...lines, ...(fell === undefined ? [] : [fell])].map(
    (line): Evidence => ({ node, source: 'kernel log', line }),
  );
  const detail = `The kernel on ${node} met errors on the disk below ${name}, and DRBD let go of it. ${elsewhere}`;
  const ways = [
    way('Look at the disk', on(node, 'dmesg | grep -i error; lsblk; vgs; pvs')),
    way(
      `If the disk is good after all, attach it again; only what was missed is copied`,
      on(node, `drbdadm attach ${name}`),
    ),
    ...(good
      ? [
          way(
            'If it is dead: put a blank one in its place; the replica is then made anew, and synced',
            here('sanctl plan'),
            here('sanctl apply'),
          ),
        ]
      : []),
  ];
  return [cause('disk-error', 'likely', { detail, evidence, ways })];
}

function sliceGone(node: NodeName, name: string, group: string, elsewhere: string): Cause {
  return cause('slice-gone', 'proven', {
    detail: `There is no ${group}/${name} on ${node} any more. ${elsewhere}`,
    evidence: [{ node, source: 'lvs', line: `no ${group}/${name}` }],
    ways: [
      way(
        'See why it is gone before anything is made anew there',
        on(node, `lvs -a ${group}; vgcfgrestore --list ${group}`),
      ),
    ],
  });
}

function metadataGone(node: NodeName, name: string, group: string, elsewhere: string): Cause {
  return cause('metadata-gone', 'likely', {
    detail: `/dev/${group}/${name} on ${node} bears no metadata of DRBD. ${elsewhere} Do not make metadata anew before it is known what the slice holds.`,
    evidence: [{ node, source: 'wipefs', line: `no signature \`drbd\` on /dev/${group}/${name}` }],
    ways: [way('Look at what it holds', on(node, `wipefs -n /dev/${group}/${name}; drbdadm dump-md ${name}`))],
  });
}

function detached(node: NodeName, name: string, elsewhere: string, view: View): Cause {
  const line = resourceLog(view, node, name).findLast((one) =>
    /disk\( \w+ -> (Failed|Diskless|Detaching) \)/.test(one),
  );
  return cause('detached', line === undefined ? 'possible' : 'likely', {
    detail: `${name} lost its disk on ${node} without an error of the disk: somebody ran \`drbdadm detach\`, or it came up without one. ${elsewhere}`,
    evidence: [
      ...(line === undefined ? [] : [{ node, source: 'kernel log', line }]),
      { node, source: 'kernel log', line: 'no I/O error since the boot' },
    ],
    ways: [way('To attach it again; only what was missed is copied', on(node, `drbdadm attach ${name}`))],
  });
}
