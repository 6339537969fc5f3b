/** What a node answers about snapshots by schedule: its units, and our own notes. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { snapshotRecords, snapshotUnits } from '../file/paths.ts';
import { onNode } from '../on-node.ts';
import { every, known, type Reading, read, success, whole } from '../reading.ts';
import type { Site } from '../site.ts';
import { parseUnit, type Unit, unitProbe } from '../unit.ts';
import type { LastRun, SnapshotFacts } from './facts.ts';

/** Each in a line of its own; a folder that is not there has nothing in it. */
const notesScript = `for file in /etc/systemd/system/sanctl-snapshot-*.timer; do
  [ ! -e "$file" ] || echo "timer \${file##*/}"
done
for file in ${snapshotRecords}/*; do
  [ -e "$file" ] || continue
  note=$(cat "$file") || exit
  echo "run \${file##*/} $note"
done
true`;
const notes: Probe = { name: 'snapshot.notes', command: command('sh', '-c', notesScript) };

export function probes(site: Site, node: string): readonly Probe[] {
  const units = onNode(site, node).policies.flatMap(({ name }) => Object.values(snapshotUnits(name)));
  return [notes, ...units.map((unit) => unitProbe('snapshot', unit))];
}

export function parse(outputs: ProbeOutputs, site: Site, node: string): SnapshotFacts {
  const lines = read(success(outputs, notes.name), notes.name, (text) =>
    every(
      text.split('\n').filter((line) => line !== ''),
      noteOf,
    ),
  );
  return {
    units: Object.fromEntries(onNode(site, node).policies.map(({ name }) => [name, timerOf(outputs, name)])),
    policies: read(lines, notes.name, (all) => all.flatMap((one) => ('policy' in one ? [one.policy] : []))),
    runs: read(lines, notes.name, (all) =>
      Object.fromEntries(all.flatMap((one) => ('run' in one ? [[one.name, one.run] as const] : []))),
    ),
  };
}

/** systemd has not read what is new until both of its files are. */
function timerOf(outputs: ProbeOutputs, policy: string): Reading<Unit> {
  const { timer, service } = snapshotUnits(policy);
  const due = parseUnit(outputs, 'snapshot', timer);
  const run = parseUnit(outputs, 'snapshot', service);
  if (!due.known || !run.known) return due.known ? run : due;
  return known({ ...due.value, outdated: due.value.outdated || run.value.outdated });
}

type Note = { readonly policy: string } | { readonly name: string; readonly run: LastRun };

function noteOf(line: string): Note | undefined {
  const [, policy] = /^timer sanctl-snapshot-([A-Za-z0-9][A-Za-z0-9_-]{0,15})\.timer$/.exec(line) ?? [];
  if (policy !== undefined) return { policy };
  const [, name, at, outcome, what] = /^run (\S+) (\d+) (made|elsewhere|failed) (.*)$/.exec(line) ?? [];
  const seconds = whole(at);
  if (name === undefined || seconds === undefined || what === undefined) return undefined;
  return { name, run: { at: seconds, outcome: outcome as LastRun['outcome'], what } };
}
