/** Unit files as sanctl writes them (systemd.unit(5), systemd.service(5)): what is not in this list is not read. */

export interface UnitFile {
  readonly type: string;
  readonly remains: boolean;
  /** Each with its words; `mayFail` where a `-` stands before it. */
  readonly before: readonly UnitCommand[];
  readonly start: readonly UnitCommand[];
  readonly reload: readonly UnitCommand[];
  readonly stop: readonly UnitCommand[];
  readonly afterStop: readonly UnitCommand[];
  readonly restart: string;
  readonly restartSeconds: number;
  /** Undefined: however long it takes. */
  readonly startSeconds: number | undefined;
  readonly killsOnlyMain: boolean;
  readonly after: readonly string[];
  readonly requires: readonly string[];
}

export interface UnitCommand {
  readonly argv: readonly string[];
  readonly mayFail: boolean;
}

/** `instance`: what stands behind the `@` of its name. */
export function parseUnitFile(text: string, instance: string): UnitFile {
  const lines = text
    .split('\n')
    .filter((line) => /^[A-Za-z]+=/.test(line))
    .map(
      (line) =>
        [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll('%i', instance)] as const,
    );
  const all = (name: string): readonly string[] => lines.filter(([key]) => key === name).map(([, value]) => value);
  const one = (name: string): string | undefined => all(name).at(-1);
  const commands = (name: string): readonly UnitCommand[] => all(name).map(command);
  const type = one('Type') ?? 'simple';
  const patience = one('TimeoutStartSec') ?? (type === 'oneshot' ? 'infinity' : '90');
  return {
    type,
    remains: one('RemainAfterExit') === 'yes',
    before: commands('ExecStartPre'),
    start: commands('ExecStart'),
    reload: commands('ExecReload'),
    stop: commands('ExecStop'),
    afterStop: commands('ExecStopPost'),
    restart: one('Restart') ?? 'no',
    restartSeconds: Number(one('RestartSec') ?? 0.1),
    startSeconds: patience === 'infinity' ? undefined : Number(patience),
    killsOnlyMain: one('KillMode') === 'process',
    after: all('After').flatMap((value) => value.split(' ')),
    requires: all('Requires').flatMap((value) => value.split(' ')),
  };
}

function command(line: string): UnitCommand {
  const mayFail = line.startsWith('-');
  const words = [...line.slice(mayFail ? 1 : 0).matchAll(/'([^']*)'|(\S+)/g)].map((one) => one[1] ?? one[2] ?? '');
  const [program = '', ...rest] = words;
  return { argv: [program.replace(/^\/(usr\/)?s?bin\//, ''), ...rest], mayFail };
}
