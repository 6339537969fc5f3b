/**
 * Online verify (D14): both sides of a mirror are compared block by block while it is used. What differs is marked and
 * counted; nothing copies it, because nobody knows by that which side is right (D4).
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { type Reading, read, success, unreadable } from '../reading.ts';
import type { Volume } from '../site.ts';
import type { Verb } from '../verb.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import * as ask from './ask.ts';
import { beginnerOf } from './beginner.ts';
import { type Dialect, dialectOf, dialectProblems } from './dialect.ts';
import type { Running } from './facts.ts';
import { notRunning } from './findings.ts';
import { statesOf } from './problems.ts';
import { notConnected } from './refusals.ts';
import { isConnected } from './remarks.ts';

const takes = { volume: { type: 'volume', means: 'the mirror whose sides are compared' } } as const;

export const compare: Verb<typeof takes> = {
  summary:
    'begin an online verify of a mirror, which goes on in the kernel: what differs is marked, and nothing is copied',
  takes,
  nodes: ({ volume }) => volume.replicas,
  asks: ({ volume }, site) => new Map([[beginnerOf(volume, site), [comparisonProbe(volume.name)]]]),
  plan: ({ volume }, world) => new Map([[volume.name, planCompare(volume, world)]]),
};

/** How far a comparison is, as its node knows it. */
interface Comparison {
  /** DRBD's own word: `VerifyS`, `Connected`. */
  readonly state: string;
  /** The kernel was told by what to compare. */
  readonly able: boolean;
  /** As the kernel prints it: `verified: 12.3% finish: 0:01:04`; empty when nothing is compared. */
  readonly progress: string;
  /** The one that began last went to its end. */
  readonly ended: boolean;
}

/**
 * A comparison that ends and one that breaks off both leave `Connected` behind; the kernel's log tells them apart (drbd 8.4
 * `drbd_worker.c`, drbd_resync_finished, and `drbd_proc.c`; not seen yet).
 */
const comparisonScript = `[ -d /sys/module/drbd ] || exit 0
state=$(drbdadm cstate "$1") && minor=$(drbdadm sh-minor "$1") && said=$(dmesg) && show=$(drbdsetup show "$1") || exit
echo state $state
printf '%s\\n' "$show" | sed -n 's/.*verify-alg[[:space:]].*/able/p'
case $state in *Verify*)
  { sed -n "/^ *$minor: cs:/,/^ *[0-9]*: cs:/p" /proc/drbd; drbdsetup status --verbose --statistics "$1" 2>/dev/null; } |
    grep -oE 'verified: *[0-9.]+%|finish: [0-9:]+|done:[0-9.]+' | sed 's/^/progress /' ;;
esac
printf '%s\\n' "$said" | grep -E " drbd$minor[: ].*(-> Verify[ST] |Online verify +done)" | tail -n 20
true`;

function comparisonProbe(name: string): Probe {
  return { name: `drbd.comparison:${name}`, command: command('sh', '-c', comparisonScript, 'sh', name) };
}

export function comparisonOf(volume: Volume, { answers, site }: World): Reading<Comparison> {
  const probe = comparisonProbe(volume.name).name;
  return read(success(answers(beginnerOf(volume, site)), probe), probe, parseComparison);
}

/** The log is kept in a ring: without the line of its beginning, all that is left is later. */
export function parseComparison(text: string): Comparison | undefined {
  const lines = text.split('\n');
  const state = /^state (\S.*)$/.exec(lines[0] ?? '')?.[1];
  if (state === undefined) return undefined;
  const progress = lines.flatMap((line) => /^progress (.+)$/.exec(line)?.[1]?.replaceAll(/ +/g, ' ') ?? []);
  const began = lines.findLastIndex((line) => / -> Verify[ST] /.test(line));
  const ended = lines.slice(began + 1).some((line) => /: Online verify +done/.test(line));
  return { state, able: lines.includes('able'), progress: progress.join(' '), ended };
}

export function isCompared({ state }: Comparison): boolean {
  return state.includes('Verify');
}

/** The most that any side counts; undefined when none could be asked. */
export function outOfSync({ name, replicas }: Volume, world: World): number | undefined {
  const bytes = replicas.flatMap((node) => {
    const { running } = world.have('drbd', node);
    const connections = (running.known ? running.value[name]?.connections : undefined) ?? [];
    return connections.flatMap(({ volumes }) => Object.values(volumes).map(({ outOfSyncBytes }) => outOfSyncBytes));
  });
  return bytes.length === 0 ? undefined : Math.max(...bytes);
}

function planCompare(volume: Volume, world: World): Verdict {
  const { name, replicas } = volume;
  if (replicas.length < 2) return refuse(noMirror(name));
  const node = beginnerOf(volume, world.site);
  const dialect = dialectOf(world.have('drbd', node));
  const wrong = [
    ...dialectProblems(name, replicas, (replica) => world.have('drbd', replica)),
    ...replicas.flatMap((replica) => problemsOn(volume, replica, world)),
  ];
  if (wrong.length > 0 || dialect === undefined) return refuse(...wrong);
  const comparison = comparisonOf(volume, world);
  if (!comparison.known) return refuse(unreadable(`drbd/${name}`, node, comparison.why));
  return comparison.value.able ? steps(begin(volume, node, dialect)) : refuse(noAlgorithm(name, node));
}

/** D1, D2: a window, a sync, or a side that is not whole. Blocks that are marked already do not matter: they are counted again. */
function problemsOn(volume: Volume, node: NodeName, world: World): readonly Diagnostic[] {
  const name = `drbd/${volume.name}`;
  const { running } = world.have('drbd', node);
  if (!running.known) return [unreadable(name, node, running.why)];
  const own = running.value[volume.name];
  if (own === undefined) return [notRunning(name, node)];
  const states = statesOf(volume.name, node, own);
  if (states.length > 0) return states;
  if (repliesWith(own, /^Verify/)) return [underWay(name, node)];
  const side = { node, running: own };
  const whole =
    isConnected(volume, side) && own.volumes['0']?.disk === 'UpToDate' && !repliesWith(own, /^(?!Established$)/);
  return whole ? [] : [notConnected({ volume }, [side])];
}

function repliesWith({ connections }: Running, state: RegExp): boolean {
  return connections.some(({ volumes }) => Object.values(volumes).some(({ replication }) => state.test(replication)));
}

function begin(volume: Volume, node: NodeName, dialect: Dialect): StepDraft {
  return {
    verb: 'verify',
    node,
    title: `begin to compare all replicas of ${volume.name}, block by block`,
    danger: 'none',
    guards: [ask.onePrimaryAtMost(volume.name), isWhole(volume, dialect)],
    actions: [run('drbdadm', 'verify', volume.name)],
    reason: 'what differs is marked; nothing is copied',
  };
}

function isWhole(volume: Volume, dialect: Dialect): Guard {
  const disks = ask.disks(volume, 'UpToDate');
  const roles = '(Primary/Secondary|Secondary/Primary|Secondary/Secondary)';
  return {
    ask: ask.state(volume.name),
    expect:
      dialect === '8.4'
        ? { matches: `^Connected ${disks} ${roles}$` }
        : ask.stateOf(volume, dialect, disks, '(Primary|Secondary)'),
    proves: `${volume.name} is connected and up to date on every node, and nothing else goes on in it (D2)`,
  };
}

function noMirror(name: string): Diagnostic {
  const detail = `volume/${name} has one replica.`;
  return error('drbd/nothing-to-compare', 'A volume has no replicas to compare', detail, {
    help: 'An online verify is for volumes with two replicas or more.',
  });
}

function underWay(name: string, node: NodeName): Diagnostic {
  return error('drbd/verify-runs', 'A mirror is being compared already', `${name} on ${node}.`, {
    help: 'It goes on by itself; `sanctl status` shows it.',
  });
}

function noAlgorithm(name: string, node: NodeName): Diagnostic {
  const detail = `The kernel of ${node} was not told by what to compare the blocks of drbd/${name} (\`verify-alg\`).`;
  return error('drbd/no-verify-alg', 'A mirror cannot be compared yet', detail, {
    help: `\`sanctl plan --only drbd/${name}\` shows what is missing; \`sanctl apply\` writes it into its file and adjusts, while the mirror goes on.`,
  });
}
