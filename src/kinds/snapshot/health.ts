/** Whether snapshots by schedule are made: for each VM of each policy, where it runs now. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { roster } from '../domain/roster.ts';
import { snapshotUnits } from '../file/paths.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import type { SnapshotPolicy } from '../site/snapshots.ts';
import { longestGapSeconds } from './calendar.ts';
import type { LastRun } from './facts.ts';
import { madeAt, snapshotsIn } from './sets.ts';

/** A run waits for its turn, and a clock that is put forward makes a night longer by an hour. */
const graceSeconds = 2 * 3600;

interface Seen {
  readonly level: Level;
  readonly state: string;
  readonly detail: readonly string[];
  readonly findings: readonly Diagnostic[];
  readonly ageSeconds?: number;
}

export function health(looked: Looked): Health {
  const policies = Object.values(looked.site.snapshots);
  if (policies.length === 0) return { rows: [], findings: [] };
  const places = placesOf(looked);
  const all = policies.flatMap((policy) =>
    policy.vms.map((vm) => {
      const place = places.get(vm);
      const seen = seenOf(policy, vm, place, looked);
      const { level, state, detail, ageSeconds } = seen;
      const figures = ageSeconds === undefined ? [] : [figure('snapshot_age_seconds', ageSeconds)];
      const nodes = typeof place === 'string' ? [place] : [];
      const row: Row = { section: 'snapshot', name: `${policy.name} of ${vm}`, nodes, level, state, detail, figures };
      return { row, findings: seen.findings };
    }),
  );
  return { rows: all.map(({ row }) => row), findings: all.flatMap(({ findings }) => findings) };
}

/** The node where each VM runs, false for one that runs nowhere; what is missing here is not known. */
function placesOf({ site, facts }: Looked): ReadonlyMap<string, NodeName | false> {
  const { guests } = roster(site, facts);
  return new Map(
    guests.flatMap(({ name, state, nodes: [node], home }): [string, NodeName | false][] => {
      if (home === undefined) return [];
      if (state === 'running' && node !== undefined) return [[name, node]];
      return state === 'stopped' ? [[name, false]] : [];
    }),
  );
}

function seenOf(policy: SnapshotPolicy, vm: string, place: NodeName | false | undefined, looked: Looked): Seen {
  const { facts, held } = looked;
  if (place === false) return { level: 'fine', state: 'not running', detail: [], findings: [] };
  const here = place === undefined ? undefined : facts.get(place);
  if (place === undefined || here === undefined) return unseen('where it runs is not known');
  const { runs } = here.snapshot;
  const { clockSeconds } = here.host;
  const { volumes } = here.volume;
  if (!runs.known || !clockSeconds.known || !volumes.known) return unseen(`${place} cannot be read`);
  const { newest, kept } = setsOf(policy.name, vm, looked);
  const ageSeconds = newest === undefined ? undefined : Math.max(0, clockSeconds.value - newest);
  const detail = [`on ${place}`, ...(kept === 0 ? [] : [`${kept} kept`]), ...ageText(ageSeconds)];
  const shared = { detail, ...(ageSeconds !== undefined && { ageSeconds }) };
  const wrong = held.has(place) ? [] : wrongWith(policy, vm, place, runs.value[`${policy.name}.${vm}`], ageSeconds);
  const [first] = wrong;
  if (first !== undefined) return { ...shared, level: 'weak', state: first.state, findings: [first.finding] };
  return { ...shared, level: 'fine', state: newest === undefined ? 'none yet' : 'made', findings: [] };
}

function unseen(why: string): Seen {
  return { level: 'unknown', state: 'unknown', detail: [why], findings: [] };
}

/** Whole sets on all nodes that were read: it may have been moved since. */
function setsOf(
  policy: string,
  vm: string,
  { facts }: Looked,
): { readonly newest: number | undefined; readonly kept: number } {
  const own = snapshotsIn(facts).filter(
    ({ schedule, whole }) => whole && schedule?.policy === policy && schedule.vm === vm,
  );
  const times = own.flatMap(({ set }) => madeAt(set) ?? []);
  const kept = new Set(own.map(({ node, set }) => JSON.stringify([node, set]))).size;
  return { newest: times.length === 0 ? undefined : Math.max(...times), kept };
}

function ageText(seconds: number | undefined): readonly string[] {
  if (seconds === undefined) return [];
  const hours = Math.floor(seconds / 3600);
  if (hours < 1) return [`the newest ${Math.floor(seconds / 60)} min old`];
  return [`the newest ${hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`} old`];
}

interface Wrong {
  readonly state: string;
  readonly finding: Diagnostic;
}

function wrongWith(
  { name, schedule }: SnapshotPolicy,
  vm: string,
  node: NodeName,
  last: LastRun | undefined,
  ageSeconds: number | undefined,
): readonly Wrong[] {
  const { service } = snapshotUnits(name);
  const help = `\`journalctl -u ${service}\` on ${node} says more; \`systemctl start ${service}\` there tries once more.`;
  if (last?.outcome === 'failed')
    return [
      {
        state: 'failed',
        finding: warning(
          'snapshot/failed',
          'A snapshot was due and was not made',
          `snapshot/${name} of ${vm} on ${node}: ${last.what}.`,
          { help },
        ),
      },
    ];
  const longest = longestGapSeconds(schedule) + graceSeconds;
  if (ageSeconds === undefined || ageSeconds <= longest) return [];
  return [
    {
      state: 'overdue',
      finding: warning(
        'snapshot/overdue',
        'The newest snapshot is older than its schedule allows',
        `snapshot/${name} of ${vm} on ${node}: ${ageText(ageSeconds).join('')}, and \`${schedule}\` means a new one at least every ${longestGapSeconds(schedule) / 3600} h.`,
        { help: `Was the VM or ${node} down when it was due? ${help}` },
      ),
    },
  ];
}
