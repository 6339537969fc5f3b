/**
 * A window for two primaries on one connection (safety.md 3.1), as what a node is asked and told: guards, waits, runs. Who
 * opens one, and when, is said by the domain that moves. 8.4 as the lab answered; 9 by its manual, unproven.
 */
import { command, type Guard, type Run, run, type WaitFor } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import { known, type Reading, unknown } from '../reading.ts';
import type { Volume } from '../site.ts';
import type { World } from '../world.ts';
import { disks, onePrimaryAtMost, state, stateOf } from './ask.ts';
import { type Dialect, dialectOf, dialectProblems } from './dialect.ts';
import * as scripts from './scripts.ts';
import { placeOf } from './things.ts';
import { timerScript } from './timer.ts';

/** One replicated disk of a VM that moves. */
export interface Window {
  readonly resource: string;
  readonly device: string;
  readonly dialect: Dialect;
  readonly replicas: readonly NodeName[];
  /** Of 9, which is told of one connection by the node id of the peer. */
  readonly nodeIds: Readonly<Record<NodeName, number>>;
}

/** Both roles, as the node that is asked has them. */
type Roles = readonly [here: 'Primary' | 'Secondary', there: 'Primary' | 'Secondary'];

export function windowOf({ name, replicas }: Volume, device: string, world: World): Reading<Window> {
  const have = (node: NodeName) => world.have('drbd', node);
  const [problem] = dialectProblems(name, replicas, have);
  const dialect = replicas.map((node) => dialectOf(have(node)))[0];
  if (problem !== undefined || dialect === undefined) return unknown(problem?.detail ?? `${name} has no replica`);
  const place = placeOf(name, world.site, world);
  return place.known ? known({ resource: name, device, dialect, replicas, nodeIds: place.value.nodeIds }) : place;
}

/** D2, W2: what must hold on the source right before. On 8.4 `show` leaves out protocol C, its default. */
export function mayOpen(window: Window, peer: NodeName): readonly Guard[] {
  const { resource } = window;
  return [
    ...are(window, peer, ['Primary', 'Secondary']),
    nothingMissing(window),
    onePrimaryAtMost(resource),
    {
      ask: scripts.protocol(resource),
      expect: { lacks: 'protocol[^;]*[AB];' },
      proves: `${resource} replicates by protocol C (D11)`,
    },
  ];
}

/** Connected, UpToDate on every node, and in these roles: here, and on the peer. */
export function are(window: Window, peer: NodeName, [here, there]: Roles): readonly [Guard, ...Guard[]] {
  const { resource, dialect, nodeIds } = window;
  const guard: Guard = {
    ask: state(resource),
    expect: stateOf(window, dialect, disks(window, 'UpToDate'), here, there),
    proves: `${resource} is connected, up to date on every node, ${here} here and ${there} on ${peer} (D2)`,
  };
  if (dialect === '8.4') return [guard];
  // `drbdadm role` of 9 tells the local role only.
  const connection = `^exists connection name:${literal(resource)} peer-node-id:${nodeIds[peer]} .* role:${there}( |$)`;
  return [guard, { ask: objects, expect: { matches: connection }, proves: `${resource} is ${there} on ${peer}` }];
}

const objects = command('drbdsetup', 'events2', '--now', '--statistics');

function nothingMissing({ resource }: Window): Guard {
  return {
    ask: objects,
    expect: { lacks: ` name:${literal(resource)} .*(suspended:([^n]|no-)|out-of-sync:[1-9])` },
    proves: `${resource} holds no write back, and no block of it is out of sync (D2)`,
  };
}

/** W3. It reaches the peer as well, over the connection (seen, 8.4.11). */
export function open(window: Window, node: NodeName, peer: NodeName): Run {
  return { do: 'run', command: command(...netOptions(window, node, peer, ['--protocol=C', `${option}=yes`])) };
}

/** W10: the kernel refuses while both are Primary. */
export function close(window: Window, node: NodeName, peer: NodeName): Run {
  return { do: 'run', command: command(...closing(window, node, peer)) };
}

/** Towards every peer, where it is not known for which one it was opened. 8.4 has one. */
export function closeAll(window: Window, node: NodeName): readonly Run[] {
  const peers = window.replicas.filter((replica) => replica !== node);
  return peers.map((peer) => close(window, node, peer));
}

function closing(window: Window, node: NodeName, peer: NodeName): readonly [string, ...string[]] {
  return netOptions(window, node, peer, [`${option}=no`]);
}

const option = '--allow-two-primaries';

/** On 9 `drbdadm` would put the shared secret into argv; on 8.4 it does not (tried, drbd-utils 9.22). */
function netOptions(
  { resource, dialect, nodeIds }: Window,
  node: NodeName,
  peer: NodeName,
  options: readonly string[],
): readonly [string, ...string[]] {
  if (dialect === '8.4') return ['drbdadm', 'net-options', ...options, resource];
  const id = nodeIds[peer];
  if (id === undefined) throw new Error(`${resource} on ${node} has no peer ${peer}`);
  return ['drbdsetup', 'net-options', resource, String(id), ...options];
}

const isOpen = 'allow-two-primaries[^;]*yes;';

/** W4. */
export function untilOpen({ resource }: Window): WaitFor {
  return wait(`${resource} allows two primaries here`, scripts.window(resource), { matches: isOpen }, 60);
}

/** W11. */
export function untilClosed({ resource }: Window): WaitFor {
  return wait(`${resource} allows one primary only here`, scripts.window(resource), { lacks: isOpen }, 60);
}

/** W4, on the side that is to be Primary as well: the option has come, and all is good. */
export function untilReady(window: Window, peer: NodeName): readonly WaitFor[] {
  const [{ ask, expect, proves }] = are(window, peer, ['Secondary', 'Primary']);
  return [untilOpen(window), wait(proves, ask, expect, 60)];
}

/** W4, right before the move. */
export function stillOpen({ resource }: Window): Guard {
  return {
    ask: scripts.window(resource),
    expect: { matches: isOpen },
    proves: `${resource} allows two primaries here (W4)`,
  };
}

/** W11, of the side that goes on, whatever became of the other one: it alone is Primary, its data are good, and it is to stay alone. */
export function isOnlyPrimary({ resource, dialect }: Window): readonly Guard[] {
  const roles = dialect === '8.4' ? 'Primary/(Secondary|Unknown)' : 'Primary';
  return [
    {
      ask: state(resource),
      expect: { matches: `^([A-Za-z]+ )+UpToDate(/[A-Za-z]+)* ${roles}$` },
      proves: `${resource} is Primary here, up to date, and no peer that it knows of is Primary (W11)`,
    },
    {
      ask: scripts.window(resource),
      expect: { lacks: isOpen },
      proves: `${resource} allows one primary only here (W11, D1)`,
    },
  ];
}

/** W9: asked again while somebody has it open, who is told. A guest that is gone may hold it for minutes yet (seen under load). */
export function demote({ resource, device }: Window): WaitFor {
  return wait(`${resource} is Secondary here`, scripts.demote(resource, device), { exit: 0 }, 300);
}

function wait(what: string, ask: WaitFor['command'], until: WaitFor['until'], timeoutSeconds: number): WaitFor {
  return { do: 'wait', what, command: ask, until, timeoutSeconds, everySeconds: 1 };
}

/** What closes a window that sanctl left open by its death. One that was left before makes way. */
export function startTimer(window: Window, node: NodeName, peer: NodeName): readonly Run[] {
  const unit = timerUnit(window);
  const words = ['sh', '-c', timerScript, 'sh', window.resource, ...closing(window, node, peer)];
  const description = `--description=Forbids two Primaries of ${window.resource} when sanctl is gone`;
  return [stopTimer(window), run('systemd-run', `--unit=${unit}`, description, '--collect', ...words)];
}

/** systemctl(1): 5 is a unit that is not loaded; it has ended by itself. */
export function stopTimer(window: Window): Run {
  return { do: 'run', command: command('systemctl', 'stop', timerUnit(window)), accept: [0, 5] };
}

/** systemd.unit(5) has no `+` in a name; systemd-escape(1) writes it so. */
function timerUnit({ resource }: Window): string {
  return `sanctl-window-${resource.replaceAll('+', '\\x2b')}.service`;
}

/** Or, when it does not: what DRBD remembers of this side, to be compared with that of the other (D4). */
export function untilConnected({ resource, replicas }: Window): WaitFor {
  const peers = replicas.length - 1;
  return wait(`${resource} is connected`, scripts.connected(resource), { stdout: 'connected\n'.repeat(peers) }, 60);
}

/** D17: where the ends were unequal, and are not any more. */
export function reconnect({ resource }: Window): Run {
  return scripts.connect(resource);
}
