/** Transient services of systemd 252, as systemd-run makes them (shown: sanctl-migrate-web on the lab). */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import type { Machine } from './machine.ts';
import { migrate } from './migrate.ts';
import { Process } from './process.ts';
import type { Program } from './program.ts';
import { deviceAt, kernelName } from './programs-devices.ts';
import { scriptOn } from './scripts.ts';

export interface Service {
  readonly process: Process;
  /** `running`, `exited` or `failed`; one that is neither is forgotten. */
  sub: string;
  result: string;
  /** `CLD_EXITED` 1, `CLD_KILLED` 2; 0 while it runs. */
  mainCode: number;
  mainStatus: number;
  stopped: boolean;
}

export const services: Readonly<Record<string, Program>> = {
  'systemd-run': (machine, argv) => start(machine, argv),
  pgrep(machine, argv) {
    const [, ...words] = argv;
    // Children of xl are beneath the model.
    if (words.slice(0, 2).join(' ') === '-x -P') return fail(1);
    if (words.length !== 3 || words[0] !== '-f' || words[1] !== '-a') throw new UnknownCommand(argv.join(' '));
    const found = [...machine.processes].filter(({ commandLine }) => new RegExp(words[2] ?? '').test(commandLine));
    return found.length === 0 ? fail(1) : say(...found.map(({ pid, commandLine }) => `${pid} ${commandLine}`));
  },
  readlink(machine, argv) {
    if (argv[1] === '-f' && argv.length === 3) {
      const device = deviceAt(machine, argv[2] ?? '');
      return say(device === undefined ? machine.files.real(argv[2] ?? '') : `/dev/${kernelName(machine, device)}`);
    }
    const pid = Number(/^\/proc\/(\d+)\/fd\/0$/.exec(argv[1] ?? '')?.[1]);
    if (!Number.isInteger(pid) || argv.length !== 2) throw new UnknownCommand(argv.join(' '));
    const found = [...machine.processes].find((one) => one.pid === pid);
    return found === undefined ? fail(1) : say(found.stdin);
  },
  logger(machine, argv) {
    if (argv[1] === '-t') return silent;
    if (argv[2] === 'daemon.alert') machine.alarms.push(argv.at(-1) ?? '');
    else if (!argv.includes('daemon.err') && !argv.includes('daemon.notice')) throw new UnknownCommand(argv.join(' '));
    return silent;
  },
  flock(machine, argv) {
    if (argv.slice(1).join(' ') === '-n 8') return machine.batchRuns() ? fail(1) : silent;
    // One script at a time: nobody else has it.
    if (argv.slice(1).join(' ') === '-w 30 7') return silent;
    if (argv.slice(1).join(' ') !== '-sn /run/sanctl/running true') throw new UnknownCommand(argv.join(' '));
    return machine.batchRuns() ? fail(1) : silent;
  },
  // Who holds a disk is looked for there; a dying domain has no entry any more (seen).
  'xenstore-ls': (_machine, argv) => fail(1, `xenstore-ls: xs_directory (${argv.at(-1)}): No such file or directory`),
};

function start(machine: Machine, argv: readonly string[]): Answer {
  const at = argv.findIndex((word, place) => place > 0 && !word.startsWith('-') && argv[place - 1] !== '-p');
  const given = readArguments(
    argv.slice(0, at),
    ['--collect', '--quiet'],
    ['--unit', '--description', '-p', '--on-active', '--timer-property'],
  );
  const unit = `${(given.one('--unit') ?? '').replace(/\.service$/, '')}.service`;
  const properties = new Map(
    given.all('-p').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  const command = argv.slice(at);
  const seconds = given.one('--on-active');
  if (seconds !== undefined) return startTimer(machine, given.one('--unit') ?? '', Number(seconds), command);
  if (machine.services.has(unit))
    return fail(1, `Failed to start transient service unit: Unit ${unit} was already loaded or has a fragment file.`);
  const process = new Process(machine, command.join(' ').replace(/^xl /, '/usr/lib/xen-4.17/bin/xl '));
  const service: Service = { process, sub: 'running', result: 'success', mainCode: 0, mainStatus: 0, stopped: false };
  machine.services.set(unit, service);
  keep(machine, properties, silent);
  process.whenOver(() => over(machine, unit, service, given.has('--collect'), properties));
  live(process, command)
    .then((answer) => {
      service.mainCode = 1;
      service.mainStatus = answer.code;
      keep(machine, properties, answer);
      process.end();
    })
    .catch(machine.around.trouble);
  return given.has('--quiet') ? silent : { ...silent, stderr: `Running as unit: ${unit}\n` };
}

/** systemd-run(1) `--on-active`: what it is to run then, it runs, whatever has become of whoever asked. */
function startTimer(machine: Machine, name: string, seconds: number, command: readonly string[]): Answer {
  const unit = `${name}.timer`;
  if (machine.timers.has(unit))
    return fail(1, `Failed to start transient timer unit: Unit ${unit} was already loaded or has a fragment file.`);
  const timer = {};
  machine.timers.set(unit, timer);
  const elapse = (): void => {
    if (machine.timers.get(unit) !== timer) return;
    machine.timers.delete(unit);
    machine.exec(command);
  };
  void machine.around.sleep(seconds).then(elapse).catch(machine.around.trouble);
  return silent;
}

function over(
  machine: Machine,
  unit: string,
  service: Service,
  collected: boolean,
  properties: ReadonlyMap<string, string>,
): void {
  if (service.mainCode === 0) Object.assign(service, { mainCode: 2, mainStatus: service.stopped ? 15 : 9 });
  const good = service.stopped || (service.mainCode === 1 && service.mainStatus === 0);
  const remains = good ? !service.stopped && properties.get('RemainAfterExit') === 'yes' : !collected;
  if (!remains) machine.services.delete(unit);
  service.sub = good ? 'exited' : 'failed';
  service.result = good ? 'success' : service.mainCode === 1 ? 'exit-code' : 'signal';
}

/** What it printed, where the unit says so. */
function keep(machine: Machine, properties: ReadonlyMap<string, string>, { stdout, stderr }: Answer): void {
  for (const [name, text] of [
    ['StandardOutput', stdout],
    ['StandardError', stderr],
  ] as const) {
    const [how = '', path] = (properties.get(name) ?? '').split(':');
    if (path === undefined) continue;
    if (how !== 'append') machine.files.put(path, text);
    else machine.files.append(path, text);
  }
}

/** Its programs take a moment each, its sleeps their time. */
async function live(process: Process, command: readonly string[]): Promise<Answer> {
  const { machine } = process;
  if (command[0] === 'xl' && command[1] === 'migrate') return migrate(process, command);
  const script = scriptOn(machine, command, '');
  if (script === undefined) throw new UnknownCommand(`systemd-run ${command.join(' ')}`);
  for (let next = script.next(); ; ) {
    if (next.done) return next.value;
    const { argv, stdin } = next.value;
    await process.pass(argv[0] === 'sleep' ? Number(argv[1]) : 0.1);
    next = script.next(argv[0] === 'sleep' ? silent : program(process, argv, stdin));
  }
}

/** Questions are many, and change nothing. */
function program(process: Process, argv: readonly string[], stdin: string): Answer {
  const { machine } = process;
  if (argv[1] === 'net-options') {
    process.moment();
    return machine.exec(argv, stdin);
  }
  machine.around.settle();
  return machine.ask(argv, stdin);
}

/** systemctl(1) over transient units; undefined for a unit that is none. */
export function serviceAsked(machine: Machine, argv: readonly string[]): Answer | undefined {
  const unit = argv.at(-1) ?? '';
  if (!unit.startsWith('sanctl-')) return undefined;
  if (unit.endsWith('.timer')) return timerAsked(machine, argv, unit);
  const service = machine.services.get(unit);
  switch (argv[1]) {
    case 'show':
      return show(argv, service);
    case 'is-active': {
      const active = service === undefined ? 'inactive' : service.sub === 'failed' ? 'failed' : 'active';
      return { code: active === 'active' ? 0 : 3, stdout: `${active}\n`, stderr: '' };
    }
    case 'stop':
      if (service === undefined) return fail(5, `Failed to stop ${unit}: Unit ${unit} not loaded.`);
      service.stopped = true;
      service.process.end();
      if (service.sub === 'exited') machine.services.delete(unit);
      return silent;
    case 'reset-failed':
      if (service?.sub === 'failed') machine.services.delete(unit);
      return silent;
    default:
      throw new UnknownCommand(argv.join(' '));
  }
}

function timerAsked(machine: Machine, argv: readonly string[], unit: string): Answer {
  if (argv[1] !== 'stop') throw new UnknownCommand(argv.join(' '));
  return machine.timers.delete(unit) ? silent : fail(5, `Failed to stop ${unit}: Unit ${unit} not loaded.`);
}

function show(argv: readonly string[], service: Service | undefined): Answer {
  const asked = new Set((argv[2] === '-p' ? (argv[3] ?? '') : (argv[2] ?? '').replace('--property=', '')).split(','));
  const all = {
    Result: service?.result ?? 'success',
    ExecMainCode: service?.mainCode ?? 0,
    ExecMainStatus: service?.mainStatus ?? 0,
    LoadState: service === undefined ? 'not-found' : 'loaded',
    ActiveState: service === undefined ? 'inactive' : service.sub === 'failed' ? 'failed' : 'active',
    SubState: service?.sub ?? 'dead',
    MainPID: service?.sub === 'running' ? service.process.pid : 0,
  };
  const unknown = [...asked].filter((one) => !(one in all));
  if (unknown.length > 0) throw new UnknownCommand(argv.join(' '));
  return say(...Object.entries(all).flatMap(([name, value]) => (asked.has(name) ? [`${name}=${value}`] : [])));
}
