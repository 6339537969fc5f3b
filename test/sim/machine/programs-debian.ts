/** dpkg, apt and systemd of Debian 12. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { md5 } from './files.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { serviceAsked } from './services.ts';
import { unitAsked } from './units.ts';

/** Configuration files that a package brings (dpkg's conffiles), with their text. */
export const conffiles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lvm2: { '/etc/lvm/lvm.conf': '# lvm.conf\n', '/etc/lvm/lvmlocal.conf': '# lvmlocal.conf\n' },
  'drbd-utils': {
    '/etc/drbd.conf': 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n',
    '/etc/drbd.d/global_common.conf': 'global {\n}\ncommon {\n}\n',
  },
  'xen-utils-common': { '/etc/xen/xl.conf': '# xl.conf\n' },
};
const unitsOf: Readonly<Record<string, readonly string[]>> = { 'drbd-utils': ['drbd.service'] };

export const debian: Readonly<Record<string, Program>> = {
  'dpkg-query': (machine, argv) => dpkgQuery(machine, argv),
  dpkg: (machine, argv) => verify(machine, argv),
  'apt-cache'(machine, argv) {
    if (argv[1] !== 'policy' || argv[2] !== '--') throw new UnknownCommand(argv.join(' '));
    return say(...argv.slice(3).flatMap((name) => policy(machine, name)));
  },
  env(machine, argv) {
    if (argv[1] !== 'DEBIAN_FRONTEND=noninteractive' || argv[2] !== 'apt-get') throw new UnknownCommand(argv.join(' '));
    return aptGet(machine, argv.slice(2));
  },
  'apt-get': (machine, argv) => aptGet(machine, argv),
  systemctl: (machine, argv) => unitAsked(machine, argv) ?? serviceAsked(machine, argv) ?? systemctl(machine, argv),
};

/** `dpkg-query --show --showformat=… NAME…` with the three formats that sanctl asks for. */
function dpkgQuery(machine: Machine, argv: readonly string[]): Answer {
  const format = argv.find((word) => word.startsWith('--showformat='))?.slice('--showformat='.length);
  const names = argv.slice(1).filter((word) => !word.startsWith('-'));
  const unheard = names.filter((name) => !machine.packages.has(name));
  const lines = names
    .filter((name) => machine.packages.has(name))
    .flatMap((name) => shown(machine, name, format, argv));
  const errors = unheard.map((name) => `dpkg-query: no packages found matching ${name}\n`);
  return {
    code: unheard.length > 0 ? 1 : 0,
    stdout: lines.map((line) => `${line}\n`).join(''),
    stderr: errors.join(''),
  };
}

function shown(machine: Machine, name: string, format: string | undefined, argv: readonly string[]): readonly string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  if (format === '${Package}\\t${db:Status-Want}\\t${db:Status-Eflag}\\t${db:Status-Status}\\t${Version}\\n') {
    return [[name, 'install', 'ok', 'installed', machine.packages.get(name)].join('\t')];
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  if (format === '${db:Status-Status}\\n') return ['installed'];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  if (format === '${Conffiles}\\n') {
    return Object.entries(conffiles[name] ?? {}).map(([path, text]) => ` ${path} ${md5(text)}`);
  }
  throw new UnknownCommand(argv.join(' '));
}

/** `dpkg --verify NAME`: a line for each file that differs; `missing` for one that is gone. */
function verify(machine: Machine, argv: readonly string[]): Answer {
  const [, option, name = ''] = argv;
  if (option !== '--verify') throw new UnknownCommand(argv.join(' '));
  if (!machine.packages.has(name)) return fail(1, `dpkg: package '${name}' is not installed`);
  const lines = Object.entries(conffiles[name] ?? {}).flatMap(([path, text]) => {
    const file = machine.files.get(path);
    if (file === undefined) return [`missing   c ${path}`];
    return file.content === text ? [] : [`??5?????? c ${path}`];
  });
  return say(...lines);
}

function policy(machine: Machine, name: string): readonly string[] {
  const candidate = machine.candidates.get(name) ?? machine.packages.get(name);
  if (candidate === undefined) return [];
  return [
    `${name}:`,
    `  Installed: ${machine.packages.get(name) ?? '(none)'}`,
    `  Candidate: ${candidate}`,
    '  Version table:',
  ];
}

function aptGet(machine: Machine, argv: readonly string[]): Answer {
  const words = argv.slice(1).filter((word) => !word.startsWith('--'));
  if (words[0] === 'update') return silent;
  if (words[0] !== 'install') throw new UnknownCommand(argv.join(' '));
  const names = words.slice(1);
  const unknown = names.find((name) => !machine.candidates.has(name) && !machine.packages.has(name));
  if (unknown !== undefined) return fail(100, `E: Unable to locate package ${unknown}`);
  if (machine.full) return fail(100, "E: You don't have enough free space in /var/cache/apt/archives/.");
  for (const name of names) {
    installPackage(machine, name);
    machine.point(`apt-get: ${name} is installed`);
  }
  return silent;
}

/** What dpkg leaves on a machine: conffiles that are not there yet, units, enabled as Debian enables them. */
export function installPackage(machine: Machine, name: string): void {
  if (machine.packages.has(name)) return;
  machine.packages.set(name, machine.candidates.get(name) ?? '1.0-1');
  for (const [path, text] of Object.entries(conffiles[name] ?? {})) {
    if (machine.files.get(path) === undefined) machine.files.put(path, text);
  }
  for (const unit of unitsOf[name] ?? [])
    machine.units.set(unit, { load: 'loaded', file: 'enabled', active: 'inactive' });
}

function systemctl(machine: Machine, argv: readonly string[]): Answer {
  const unitName = argv.at(-1) ?? '';
  const unit = machine.units.get(unitName);
  if (argv[1] === 'show' && argv[2] === '--property=LoadState,ActiveState' && argv.length === 4) {
    return say(`LoadState=${unit?.load ?? 'not-found'}`, `ActiveState=${unit?.active ?? 'inactive'}`);
  }
  // Of a unit that is not there it says the same (tried, systemd 252).
  if (argv[1] === 'show' && argv[2] === '--property=ActiveState' && argv.length === 4) {
    return say(`ActiveState=${unit?.active ?? 'inactive'}`);
  }
  if (argv[1] === 'reboot' && argv.length === 2) {
    machine.onReboot();
    return silent;
  }
  if (argv[1] === 'is-system-running' && argv.length === 2) {
    const starts = [...machine.fileUnits.values()].some(({ active }) => active === 'activating');
    return starts ? { ...say('starting'), code: 1 } : say('running');
  }
  if (argv[1] === 'is-enabled' && argv.length === 3) {
    if (unit === undefined) return fail(1, `Failed to get unit file state for ${unitName}: No such file or directory`);
    return { code: unit.file === 'enabled' ? 0 : 1, stdout: `${unit.file}\n`, stderr: '' };
  }
  if (argv[1] === 'disable' && argv.length === 3) {
    if (unit === undefined) return fail(1, `Failed to disable unit: Unit file ${unitName} does not exist.`);
    unit.file = 'disabled';
    return silent;
  }
  throw new UnknownCommand(argv.join(' '));
}
