/** What systemd and our own notes say of exports and imports: the same questions for both. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { exportRecords, servedUnit } from '../file/paths.ts';
import { answer, every, failure, known, type Reading, read, success, unknown } from '../reading.ts';
import type { Records, Started, Unit, Units } from './facts.ts';

type Side = 'export' | 'import';

const properties = ['Id', 'LoadState', 'ActiveState', 'UnitFileState', 'StatusText', 'NeedDaemonReload'] as const;

/** A pattern only meets units that systemd has in mind; those of the inventory are named, too. */
export function unitsProbe(side: Side, names: readonly string[]): Probe {
  const units = [...names, '*'].map((name) => servedUnit(side, name));
  return {
    name: `${side}.units`,
    command: command('systemctl', 'show', `--property=${properties.join(',')}`, ...units),
  };
}

export function startedProbe(side: Side, names: readonly string[]): readonly Probe[] {
  if (names.length === 0) return [];
  // A name begins with no dot: what is beside the links of exports is no name of one (C3).
  const notes =
    side === 'import'
      ? names.map((name) => `/run/sanctl/import/${name}.started`)
      : names.flatMap((name) => [`/run/sanctl/export/.${name}.started`, `${exportRecords}/${name}`]);
  return [{ name: `${side}.started`, command: command('cat', '--', ...notes) }];
}

export function parseUnits(outputs: ProbeOutputs, side: Side): Units {
  const probe = `${side}.units`;
  return read(success(outputs, probe), probe, (text) => {
    const blocks = text.split('\n\n').filter((block) => block.trim() !== '');
    const units = every(blocks, (block) => parseUnit(block, side));
    return units === undefined ? undefined : Object.fromEntries(units);
  });
}

function parseUnit(block: string, side: Side): readonly [string, Unit] | undefined {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  const [id, load, active, enabled, status, reload] = properties.map((name) => fields.get(name));
  const prefix = `sanctl-${side}-`;
  if (id === undefined || !id.startsWith(prefix) || !id.endsWith('.service')) return undefined;
  if (load === undefined || active === undefined || enabled === undefined) return undefined;
  const unit = { load, active, enabled, status: status ?? '', reload: reload === 'yes' };
  return [id.slice(prefix.length, -'.service'.length), unit];
}

const record = /^([A-Za-z0-9]\S*) r[ow] (volume|image|array) (\S+)(?: (\/\S+))?$/;

/** What each export served last (templates/export/check.hbs); one that never served has none. */
export function parseRecords(outputs: ProbeOutputs, names: readonly string[]): Records {
  const notes = notesOf(outputs, 'export', names);
  if (!notes.known) return notes;
  const found = notes.value.flatMap((line) => {
    const [, name = '', sort = '', id = '', path] = record.exec(line) ?? [];
    return name === '' ? [] : [[name, { sort, id, path }] as const];
  });
  return known(Object.fromEntries(found));
}

/** A note that is not there was never written since the boot. */
export function parseStarted(outputs: ProbeOutputs, side: Side, names: readonly string[]): Started {
  const notes = notesOf(outputs, side, names);
  if (!notes.known) return notes;
  const sums = every(
    notes.value.filter((line) => side === 'import' || !record.test(line)),
    (line) => {
      const match = /^([0-9a-f]{64}) {2}(\/\S+)$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? undefined : ([match[2], match[1]] as const);
    },
  );
  return sums === undefined ? unknown(`${side}.started: a note cannot be read`) : known(Object.fromEntries(sums));
}

function notesOf(outputs: ProbeOutputs, side: Side, names: readonly string[]): Reading<readonly string[]> {
  if (names.length === 0) return known([]);
  const probe = `${side}.started`;
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  const troubles = stderr.split('\n').filter((line) => line !== '' && !line.endsWith(': No such file or directory'));
  if (code > 1 || troubles.length > 0) return unknown(failure(probe, reading.value));
  return known(stdout.split('\n').filter((line) => line !== ''));
}
