/** Why a side that looks for its peer does not find it. */
import type { NodeName } from '../../step.ts';
import { firewallProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, type State, way } from '../cause.ts';
import { lastOf, resourceLog } from '../log.ts';
import { pingOf } from '../ping.ts';
import { isUnreached, linesOf, type View, whyUnreached } from '../view.ts';
import { bringUp } from './open.ts';
import { connectionsOf, type Mirror, type Replica, stateLine, whyUnread } from './resource.ts';
import { portTaken, settingsDiffer } from './settings.ts';

const lost =
  /PingAck did not arrive|meta connection shut down|sock was (shut down|reset) by peer|-> NetworkFailure|-> BrokenPipe|-> TearDown/;

export function waiting(found: State, mirror: Mirror, view: View): readonly Cause[] {
  const { volume } = mirror;
  const history = found.nodes.flatMap((node) => lastOf(node, resourceLog(view, node, volume.name), lost));
  const away = mirror.unread.map((node) => peerUnreached(node, mirror, view, history));
  const peers = mirror.replicas.filter(({ node }) => !found.nodes.includes(node));
  const taken = portTaken(mirror, view);
  const known = [...away, ...peers.flatMap((peer) => peerSays(peer, mirror, view)), ...taken];
  return known.length > 0 ? known : [...settingsDiffer(mirror, view), ...network(found, mirror, view, history)];
}

function peerUnreached(node: NodeName, mirror: Mirror, view: View, history: readonly Evidence[]): Cause {
  const { name } = mirror.volume;
  if (!isUnreached(node, view)) {
    const detail = `What DRBD has on ${node} could not be read, and with it whether ${name} is up there.`;
    return cause('cannot-tell', 'undecided', { detail, evidence: [whyUnread(node, view), ...history] });
  }
  const pings = mirror.replicas.flatMap((one) => pingOf(one.node, node, view));
  const silent = pings.length > 0 && pings.every(({ answered }) => !answered);
  const answers = pings.some(({ answered }) => answered);
  const detail = answers
    ? `${node} answers on the replication network and not to sanctl: whether ${name} is up there cannot be told.`
    : `${node} does not answer to sanctl${silent ? `, and not to ${mirror.replicas.map((one) => one.node).join(' and ')} on the replication network either` : ''}. What it has, and whether it still writes, cannot be told without it: promote nothing by force.`;
  return cause('peer-unreached', answers ? 'undecided' : silent ? 'likely' : 'possible', {
    detail,
    evidence: [whyUnreached(node, view), ...pings.map(({ evidence }) => evidence), ...history],
    ways: [
      way(`Bring ${node} and its network back; then it connects by itself`, here(`sanctl facts ${node} --only drbd`)),
    ],
  });
}

function peerSays(peer: Replica, { volume }: Mirror, view: View): readonly Cause[] {
  const { node, running } = peer;
  if (running === undefined) {
    const detail = `${volume.name} is not up on ${node}, so that nobody answers there.`;
    const ways = bringUp(volume, node, view);
    return [cause('peer-down', 'proven', { detail, evidence: [stateLine(peer)], ways })];
  }
  if (!connectionsOf(peer).some(({ state }) => state === 'StandAlone')) return [];
  const detail = `${node} is StandAlone: it does not look for its peer. Why it does not is said of that state.`;
  return [cause('peer-stand-alone', 'proven', { detail, evidence: [stateLine(peer)] })];
}

/** Both are there and look for each other. */
function network(
  { nodes }: State,
  { volume, replicas }: Mirror,
  view: View,
  history: readonly Evidence[],
): readonly Cause[] {
  const pings = replicas.flatMap((one) =>
    replicas.filter(({ node }) => node !== one.node).flatMap(({ node }) => pingOf(one.node, node, view)),
  );
  const cut = pings.filter(({ answered }) => !answered);
  const rules = replicas.flatMap(({ node }) =>
    linesOf(view, node, firewallProbe.name).map((line) => ({ node, source: 'firewall', line: line.trim() })),
  );
  const between = replicas.map(({ node }) => node).join(' and ');
  if (cut.length > 0) {
    const detail = `${between} are both up and wait for each other, and do not reach each other on the replication network.`;
    const ways = [
      way(
        'Look at the link, the switch and the addresses; it connects by itself when the network is back',
        ...cut.map(({ from, address }) => on(from, `ip route get ${address}; ping -c 3 ${address}`)),
      ),
    ];
    return [
      cause('network-cut', 'proven', { detail, evidence: [...cut.map(({ evidence }) => evidence), ...history], ways }),
    ];
  }
  const answered = pings.map(({ evidence }) => evidence);
  const detail = `${between} reach each other, are both up, and wait for each other all the same: what goes to the port of ${volume.name} does not arrive.`;
  const ways = [
    way(
      'Look at what filters between them; let the ports of DRBD through in both directions',
      ...nodes.map((node) => on(node, 'nft list ruleset; iptables-save')),
    ),
  ];
  const certainty = pings.length > 0 ? (rules.length > 0 ? 'likely' : 'possible') : 'possible';
  const filtered = cause('firewalled', certainty, { detail, evidence: [...rules, ...answered, ...history], ways });
  if (pings.length > 0) return [filtered];
  return [
    filtered,
    cause('network-cut', 'possible', {
      detail: `Whether ${between} reach each other was not learned.`,
      evidence: history,
    }),
  ];
}
