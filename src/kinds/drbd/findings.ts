/** What is wrong with a mirror in a state that sanctl may work with: the reason, and the way out. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';

export function notRunning(name: string, where: string): Diagnostic {
  return error('drbd/not-running', 'A resource does not run', `${name} is down on ${where}.`, {
    help: `\`sanctl plan --only ${name}\` says what would bring it up, or what keeps it from that.`,
  });
}

export function noData(name: string, where: string): Diagnostic {
  return warning('drbd/no-data', 'A replica has no data yet', `${name} has never had data on ${where}.`, {
    help: `Its making broke off, or was never begun: \`sanctl plan --only ${name}\` says what is left to do.`,
  });
}

export function notUpToDate(name: string, states: readonly string[]): Diagnostic {
  return warning('drbd/not-up-to-date', 'A replica is not up to date', `${name} is ${states.join(' and ')}.`, {
    help: `It will be once it has met a peer that is. If it stays so while they are connected: \`sanctl plan --only ${name}\`.`,
  });
}

export function noGoodCopy(name: string, states: readonly string[], unseen: readonly NodeName[]): Diagnostic {
  const away = unseen.length === 0 ? '' : ` ${unseen.join(' and ')} did not say what it has.`;
  return error(
    'drbd/none-up-to-date',
    'No replica that could be asked is up to date',
    `${name} is ${states.join(' and ')}.${away}`,
    {
      help: `${unseen.length === 0 ? 'Look for the side that was up to date last' : `Bring ${unseen.join(' and ')} back: the good copy may be there`}. Promote nothing by force: what is here is old, or half of it is. \`sanctl why volume/${name.replace('drbd/', '')}\` says more.`,
    },
  );
}

export function peerStale(name: string, words: readonly string[]): Diagnostic {
  return warning(
    'drbd/peer-not-up-to-date',
    'A peer is not up to date, as its other side sees it',
    `${name}: its peer is ${words.join(' and ')}.`,
    {
      help: 'Look again in a moment. If it stays so: `drbdadm status` on both nodes, and their disks (`dmesg`).',
    },
  );
}

/** D14: a verify only marks them. */
export function blocksDiffer(name: string, resource: string, bytes: number): Diagnostic {
  return warning(
    'drbd/out-of-sync',
    'The replicas of a resource differ',
    `${name} is connected, and ${formatSize(bytes)} are marked as different; nothing copies them (D14).`,
    {
      help: `Nobody knows by that which side is right: look for the reason first (\`dmesg\`, the disks). If the Primary's data are the right ones, \`drbdadm disconnect ${resource}\` and then \`drbdadm connect ${resource}\` on the Secondary copy them over those of the Secondary, while the guest goes on. sanctl never does.`,
    },
  );
}
