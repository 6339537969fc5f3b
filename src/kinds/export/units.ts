/** What systemd and our own notes say of exports and imports: the same questions for both. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { servedUnit } from '../file/paths.ts';
import { answer, every, failure, known, read, success, unknown } from '../reading.ts';
import type { Started, Unit, Units } from './facts.ts';

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
  const notes = names.map((name) => `/run/sanctl/${side}/${name}.started`);
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

/** A note that is not there was never written since the boot. */
export function parseStarted(outputs: ProbeOutputs, side: Side, names: readonly string[]): Started {
  if (names.length === 0) return known({});
  const probe = `${side}.started`;
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  const troubles = stderr.split('\n').filter((line) => line !== '' && !line.endsWith(': No such file or directory'));
  if (code > 1 || troubles.length > 0) return unknown(failure(probe, reading.value));
  const sums = every(
    stdout.split('\n').filter((line) => line !== ''),
    (line) => {
      const match = /^([0-9a-f]{64}) {2}(\/\S+)$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined ? undefined : ([match[2], match[1]] as const);
    },
  );
  return sums === undefined ? unknown(`${probe}: a note cannot be read`) : known(Object.fromEntries(sums));
}
