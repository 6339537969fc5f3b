/**
 * A node boots, by its own systemd and by nobody's force: when nothing runs there and none of its copies is the only good one. All
 * of that is asked before the step, and once more on the node itself, when the run that asked for it has let go of the node: a
 * batch that reboots its own node could not say how it ended. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe, type Run, run } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import { localLockText } from '../../shell/lock.ts';
import { quote } from '../../shell/quote.ts';
import type { NodeName } from '../../step.ts';
import { isManagedVolume } from '../cluster/members.ts';
import { leavesQuietly, leavingText, memberWords } from '../cluster/shutdown.ts';
import type { Running } from '../drbd/facts.ts';
import { onNode } from '../on-node.ts';
import { answer, unreadable } from '../reading.ts';
import type { Node, Site } from '../site.ts';
import type { Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';

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

/**
 * `against XEN MIRROR…`: prints what speaks against it, and nothing when nothing does. 8.4 tells of all that it has, also on a node
 * that is not asked for its resources; 9 of those that the plan saw. States as `drbdadm` of both says them.
 */
const againstText = `against() {
  if [ "$1" = xen ]; then
    said=$(xl list) || said=''
    case $said in
      "Name "*"Domain-0 "*)
        others=$(printf '%s\\n' "$said" | sed -e 1d -e '/^Domain-0 /d' -e 's/ .*//')
        [ -z "$others" ] || echo domains are here: $others ;;
      *) echo 'what runs here cannot be read' ;;
    esac
  fi
  shift
  if [ -e /proc/drbd ]; then
    sed -n 's/^ *\\([0-9]*\\): \\(cs:.*\\)$/minor \\1 of DRBD is \\2/p' /proc/drbd |
      grep -Ev ' (cs:Connected ro:Secondary/(Primary|Secondary) ds:UpToDate/UpToDate .*|cs:Unconfigured *)$'
  fi
  for mirror; do
    mirror=\${mirror%/managed}
    state=$(c=$(drbdadm cstate "$mirror") && d=$(drbdadm dstate "$mirror") && r=$(drbdadm role "$mirror") && echo $c $d $r)
    printf '%s\\n' "$state" | grep -Eq '^(Connected )+UpToDate(/UpToDate)+ Secondary(/(Primary|Secondary))?$' ||
      echo "$mirror is \${state:-not to be read}"
  done
  true
}
`;

/** What it says when it does not boot; gone after a boot. */
const logPath = `${nodeLayout.run}/reboot.log`;
const unit = 'sanctl-reboot.service';

/**
 * The lock of whoever asked for it goes first, or its lease runs out; then nobody else gets the node before it is down. Its mirrors
 * are taken down in order: a peer that only hears no more waits for it, with its guests, and its old connection may keep pages of
 * them for minutes (kinds/module/parameters.ts).
 */
const bootScript = (member: string): string => `run=${nodeLayout.run} why='' refused='' downed='' left=120
now() { read -r up _ <${nodeLayout.uptime} && now=\${up%%.*} && [ "$now" -ge 0 ]; }
because() { why=$1 && return 1; }
${againstText}${member}${localLockText}
boot() {
  found=$(against "$@")
  [ -z "$found" ] || { refuse "$found"; return; }
  shift
  depart || return
  for mirror; do
    case $mirror in */managed) continue ;; esac
    said=$(drbdadm down "$mirror" 2>&1) || { refuse "$mirror cannot be taken down: $said"; return; }
    downed="$downed $mirror"
  done
  systemctl reboot || { refuse 'systemctl reboot failed'; return; }
  sleep 600
  refuse 'systemctl reboot was told, and nothing has come of it for 10 minutes'
}
refuse() {
  arrive
  for each in $downed; do drbdadm up "$each" >/dev/null 2>&1; done
  refused=yes
  because "$1"
}
until locked boot "$@"; do
  left=$((left - 1))
  [ -z "$refused" ] && [ "$left" -gt 0 ] || { printf '%s\\n' "$why" >&2; exit 1; }
  sleep 1
done`;

/** `depart`: before its mirrors are taken down; `arrive`: it goes on here. */
const noMember = `depart() { true; }
arrive() { true; }
`;

/** Those of its mirrors that the cluster has, Pacemaker takes down when it is stopped, and brings up when it is started. */
function memberText([id, name]: readonly [string, string]): string {
  return `${leavingText}departed=''
depart() {
  found=$(leaving ${quote(id)} ${quote(name)})
  [ -z "$found" ] || { refuse "$found"; return; }
  departed=yes
  timeout 600 systemctl stop pacemaker || refuse 'pacemaker does not stop'
}
arrive() { [ -z "$departed" ] || systemctl start pacemaker; }
`;
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

export function isSpare(node: NodeName, words: readonly string[]): Guard {
  return {
    ask: command('sh', '-c', `${againstText}against "$@"`, 'sh', ...words),
    expect: { stdout: '' },
    proves: `nothing runs on ${node}, and each of its mirrors is Secondary there and whole on its peers (X1, D2)`,
  };
}

export function later(words: readonly string[], member?: readonly [id: string, name: string]): Run {
  const script = bootScript(member === undefined ? noMember : memberText(member));
  const output = ['-p', `StandardError=truncate:${logPath}`] as const;
  return run('systemd-run', '--collect', `--unit=${unit}`, ...output, 'sh', '-c', script, 'sh', ...words);
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
