/** Units that are instances of one of sanctl’s templates, `sanctl-target@NAME.service`: how they are, and how they are started. Pure. */
import { type Command, command, type Run, run } from '../shell/command.ts';
import { every } from './reading.ts';

export interface UnitFact {
  /** `active`, `failed`, …: systemctl(1). */
  readonly active: string;
  readonly enabled: boolean;
}

export function unitQuestion(units: readonly string[]): Command {
  return command('systemctl', 'show', '--property=Id,ActiveState,UnitFileState', '--', ...units);
}

/** Blocks of `Key=value`, one for each unit; of one that is not there as well (tried, systemd 252). */
export function parseUnits(text: string, units: readonly string[]): Readonly<Record<string, UnitFact>> | undefined {
  const blocks = text.split('\n\n').map((block) => {
    const pairs = block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return Object.fromEntries(pairs) as Readonly<Record<string, string | undefined>>;
  });
  const found = every(units, (unit) => {
    const { ActiveState: active, UnitFileState: file } = blocks.find(({ Id }) => Id === unit) ?? {};
    if (active === undefined || file === undefined) return undefined;
    return [unit, { active, enabled: file === 'enabled' }] as const;
  });
  return found === undefined ? undefined : Object.fromEntries(found);
}

/** A unit that is enabled was known before: its file may be another now. To enable one is to read it. */
export function bringUp(unit: string, have: UnitFact | undefined): readonly Run[] {
  return [have?.enabled === true ? run('systemctl', 'daemon-reload') : run('systemctl', 'enable', unit), start(unit)];
}

/** What went wrong is in the journal of the node. */
function start(unit: string): Run {
  const script = `systemctl reload-or-restart "$1" && exit
journalctl --unit="$1" --lines=8 --output=cat --no-pager >&2
exit 1`;
  return run('sh', '-c', script, 'sh', unit);
}
