/**
 * A node boots, by its own systemd and by nobody's force: when nothing runs there and none of its copies is the only good one. All
 * of that is asked before the step, and once more on the node itself, when the run that asked for it has let go of the node: a
 * batch that reboots its own node could not say how it ended. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { isManagedVolume } from '../cluster/members.ts';
import { leavesQuietly, memberWords } from '../cluster/shutdown.ts';
import type { Running } from '../drbd/facts.ts';
import { onNode } from '../on-node.ts';
import { answer, unreadable } from '../reading.ts';
import type { Node, Site } from '../site.ts';
import type { Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { isSpare, later, logPath } from './boot-script.ts';

const nodeParameter = { type: 'node', means: 'the node that boots' } as const;

export const boot: Verb<{ node: typeof nodeParameter }> = {
  summary: 'reboot it, if nothing runs there and each of its mirrors is whole on its peers as well',
  takes: { node: nodeParameter },
  nodes: (_given, { nodes }) => Object.keys(nodes),
  reads: ['host', 'domain', 'drbd'],
  plan: ({ node }, world) => new Map([[node.name, decide(node, world)]]),
};

/** For a preview, while what runs there has not left it. */
export const bootOnceEmpty: typeof boot = {
  ...boot,
  plan: ({ node: { name } }, world) => {
    const { bootId } = world.have('host', name);
    return new Map([[name, bootId.known ? steps(booted(name, bootId.value, world)) : asWished]]);
  },
};

function decide({ name }: Node, world: World): Verdict {
  const { bootId } = world.have('host', name);
  const found = [...notBooted(name, world.site), ...against(name, world)];
  if (!bootId.known) return refuse(...found, unreadable(`host/${name}`, name, bootId.why));
  return found.length > 0 ? refuse(...found) : steps(booted(name, bootId.value, world));
}

/** What sanctl does not reboot at all: nobody has tried what becomes of it. */
export function notBooted(node: NodeName, site: Site): readonly Diagnostic[] {
  const { arrays, membersOf, images } = onNode(site, node);
  const exports = Object.values(site.exports).filter(({ from, to }) => from === node || to.includes(node));
  const named = [
    ...exports.map(({ name }) => `export ${name}`),
    ...new Set([...arrays, ...membersOf].map(({ name }) => `array ${name}`)),
    ...images.map(({ name }) => `image ${name}`),
  ];
  const heartbeat = site.heartbeat === undefined ? [] : ['the classic heartbeat'];
  const all = [...named, ...heartbeat];
  if (all.length === 0) return [];
  return [
    error(
      'reboot/not-known',
      'What a node has to do with is not known to outlive its reboot',
      `${node}: ${all.join(', ')}.`,
      {
        help: `\`sanctl evacuate ${node}\`, stop or move by hand what depends on it, reboot it by hand, and then \`sanctl apply\` and \`sanctl failback ${node}\`.`,
      },
    ),
  ];
}

/** What speaks against it at this moment. */
function against(node: NodeName, world: World): readonly Diagnostic[] {
  const { domains } = world.have('domain', node);
  const { running } = world.have('drbd', node);
  return [
    ...(domains.known
      ? inUse(
          node,
          domains.value.map((one) => one.name),
        )
      : [unreadable(`host/${node}`, node, domains.why)]),
    ...(running.known
      ? Object.entries(running.value).flatMap(([name, one]) => lastCopy(name, node, one))
      : [unreadable(`host/${node}`, node, running.why)]),
  ];
}

/** Also those that the inventory does not know. */
function inUse(node: NodeName, domains: readonly string[]): readonly Diagnostic[] {
  if (domains.length === 0) return [];
  return [
    error('reboot/in-use', 'A node that is to boot runs domains', `${node} runs ${domains.join(', ')}.`, {
      help: `\`sanctl evacuate ${node}\` moves the VMs of the inventory; stop or move the others by hand.`,
    }),
  ];
}

/** Of whatever DRBD has there, whether the inventory knows it or not: in use here, or without a good copy elsewhere (D2). */
function lastCopy(name: string, node: NodeName, { role, suspended, volumes, connections }: Running) {
  const peers = connections.flatMap((one) => Object.values(one.volumes));
  const disks = Object.values(volumes).map(({ disk }) => disk);
  const isWhole =
    role === 'Secondary' &&
    suspended === 'no' &&
    disks.every((disk) => disk === 'UpToDate') &&
    peers.length > 0 &&
    connections.every(({ state }) => state === 'Connected') &&
    peers.every((peer) => peer.disk === 'UpToDate' && peer.outOfSyncBytes === 0);
  if (isWhole) return [];
  const [links, there] = [connections.map(({ state }) => state), peers.map(({ disk }) => disk)];
  const detail = `drbd/${name} on ${node} is ${role}, ${[...links, [...disks, ...there].join('/')].join(' ')}.`;
  return [
    error('reboot/last-copy', 'A node that is to boot has a mirror that is in use or not whole', detail, {
      help: `It must be Secondary there, connected, and UpToDate on every node (D2). \`sanctl status\` shows it; \`sanctl why drbd/${name}\` says what to do.`,
    }),
  ];
}

function booted(node: NodeName, bootId: string, world: World): StepDraft {
  const words = wordsOf(node, world);
  const copies = onNode(world.site, node).replicated.map(({ replicas }) => replicas.length - 1);
  return {
    verb: 'boot',
    node,
    title: `reboot ${node}, once this run has let go of it`,
    danger: 'interrupts',
    guards: [isBoot(node, bootId), isSpare(node, words), ...leavesQuietly(node, world.site)],
    actions: [later(words, memberWords(node, world.site))],
    ...(copies.length === 0
      ? {}
      : { redundancy: { copies: Math.min(...copies), until: `${node} is back and in sync` } }),
    reason: 'the node itself asks all of that once more, when nobody holds it any more',
  };
}

/** Whether to ask the hypervisor, and all that DRBD has there. */
function wordsOf(node: NodeName, world: World): readonly string[] {
  const { xen } = world.have('host', node);
  const { running } = world.have('drbd', node);
  const names = Object.keys(running.known ? running.value : {});
  return [
    xen.known && xen.value === 'absent' ? 'none' : 'xen',
    ...names.map((name) => (isManagedVolume(world.site, name) ? `${name}/managed` : name)),
  ];
}

/** T6: not by a clock. */
function isBoot(node: NodeName, bootId: string): Guard {
  return {
    ask: command('cat', '/proc/sys/kernel/random/boot_id'),
    expect: { stdout: bootId },
    proves: `${node} has not booted since it was looked at`,
  };
}

/** Asked while a boot is waited for: why it does not come, and whether one that came is over. */
export const bootProbes: readonly Probe[] = [
  { name: 'host.refused', command: command('sh', '-c', '[ ! -e "$1" ] || cat "$1"', 'sh', logPath) },
  { name: 'host.starting', command: command('systemctl', 'is-system-running') },
];

export type Boot =
  /** It does not answer. */
  | { readonly is: 'silent'; readonly why: string }
  /** Nobody knows how it is there. */
  | { readonly is: 'unread'; readonly why: string }
  /** `why`: it has looked once more, and does not boot. */
  | { readonly is: 'same'; readonly why: string }
  | { readonly is: 'starting' }
  | { readonly is: 'up' };

/** How far a node is that was last seen with another boot id. */
export function bootOf(node: NodeName, before: string, world: World): Boot {
  const { bootId } = world.have('host', node);
  if (!bootId.known) return { is: 'unread', why: bootId.why };
  const outputs = world.answers(node);
  const [refused, state] = bootProbes.map(({ name }) => answer(outputs, name));
  if (bootId.value === before) return { is: 'same', why: refused?.known === true ? refused.value.stdout.trim() : '' };
  // systemctl(1): `initializing` and `starting`, until all jobs of the boot are done, those of docs/boot.md too.
  const word = state?.known === true ? state.value.stdout.trim() : '';
  return { is: word === 'starting' || word === 'initializing' ? 'starting' : 'up' };
}
