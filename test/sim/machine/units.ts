/** systemd 252 over the unit files that sanctl writes: started, stopped, restarted, and brought up when the machine boots. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { sha256 } from './files.ts';
import type { Machine } from './machine.ts';
import { hold } from './nbd-holder.ts';
import type { Process } from './process.ts';
import { scriptFile } from './scripts.ts';
import { parseUnitFile, type UnitCommand, type UnitFile } from './unit-file.ts';

const folder = '/etc/systemd/system';
const wants = `${folder}/multi-user.target.wants`;

/** Yields seconds in which nothing happens; its answer is an exit status. */
export type Life = Generator<number, number>;

export class FileUnit {
  readonly name: string;
  /** As systemd read it last. */
  text: string;
  file: UnitFile;
  active: 'inactive' | 'activating' | 'active' | 'failed' = 'inactive';
  status = '';
  life: Life | undefined;
  wakeAt = 0;
  startedAt = 0;
  /** What runs in it, as its control group shows it. */
  readonly processes = new Set<Process>();
  /** What is to happen when a holder is told to end. */
  onTerm: (() => void) | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
    this.file = parseUnitFile(text, instanceOf(name));
  }

  get loaded(): boolean {
    return this.active !== 'inactive';
  }

  read(text: string): void {
    this.text = text;
    this.file = parseUnitFile(text, instanceOf(this.name));
  }
}

function instanceOf(name: string): string {
  return /@(.+)\.service$/.exec(name)?.[1] ?? '';
}

/** `sanctl-target@.service` is the file of `sanctl-target@a.service`. */
function textOf(machine: Machine, name: string): string | undefined {
  return machine.files.get(`${folder}/${name.replace(/@.+\.service$/, '@.service')}`)?.content;
}

/** Those that a file makes; undefined when there is none. */
export function unitOf(machine: Machine, name: string): FileUnit | undefined {
  const text = textOf(machine, name);
  const known = machine.fileUnits.get(name);
  if (known === undefined) {
    if (text === undefined) return undefined;
    const unit = new FileUnit(name, text);
    machine.fileUnits.set(name, unit);
    return unit;
  }
  // What nobody wants and does not run is forgotten, and read anew.
  if (!known.loaded && !isEnabled(machine, name) && text !== undefined && text !== known.text) known.read(text);
  return known;
}

export function isEnabled(machine: Machine, name: string): boolean {
  return machine.files.get(`${wants}/${name}`) !== undefined;
}

/** Whether systemctl(1) is asked about such units; the others are beneath the model, or transient. */
export function isOurs(machine: Machine, name: string): boolean {
  if (/^sanctl-(export|import|image|array|filesystem)-|^sanctl-(target|initiator)@|^sanctl-boot\.service$/.test(name))
    return true;
  if (/^sanctl-(watch|verify|metrics)\.timer$/.test(name)) return true;
  return textOf(machine, name) !== undefined;
}

/** systemctl(1); a start ends when the unit is up, for which time passes: see `jobOn`. */
export function unitAsked(machine: Machine, argv: readonly string[]): Answer | undefined {
  const [, verb = '', ...rest] = argv;
  const names = rest.filter((word) => !word.startsWith('-')).map(withSuffix);
  if (verb === 'daemon-reload') {
    reload(machine);
    return silent;
  }
  const [name = ''] = names;
  if (verb === 'show' && names.some((one) => isOurs(machine, one))) return show(machine, rest, names);
  if (!isOurs(machine, name)) return undefined;
  const unit = unitOf(machine, name);
  switch (verb) {
    case 'is-active': {
      const active = unit?.active ?? 'inactive';
      return { ...(rest.includes('--quiet') ? silent : say(active)), code: active === 'active' ? 0 : 3 };
    }
    case 'is-enabled':
      if (unit === undefined) return fail(1, `Failed to get unit file state for ${name}: No such file or directory`);
      return { ...say(isEnabled(machine, name) ? 'enabled' : 'disabled'), code: isEnabled(machine, name) ? 0 : 1 };
    case 'enable':
      if (textOf(machine, name) === undefined)
        return fail(1, `Failed to enable unit: Unit file ${name} does not exist.`);
      machine.files.link(`${wants}/${name}`, `${folder}/${name}`);
      reload(machine);
      return silent;
    case 'disable':
      machine.files.remove(`${wants}/${name}`);
      if (rest.includes('--now')) stop(machine, unit);
      reload(machine);
      return silent;
    case 'stop':
      stop(machine, unit);
      return silent;
    case 'start':
    case 'restart':
    case 'reload-or-restart':
      return ended(machine, argv);
    default:
      throw new UnknownCommand(argv.join(' '));
  }
}

function withSuffix(name: string): string {
  return /\.[a-z]+$/.test(name) || name.includes('*') ? name : `${name}.service`;
}

/** Without any time passing: a start that would take some is still under way then. */
function ended(machine: Machine, argv: readonly string[]): Answer {
  const job = jobOn(machine, argv);
  const first = job?.next();
  return first?.done === true ? first.value : silent;
}

/** systemctl(1) waits for the job that it asked for; undefined when it asks for none of our units. */
export function jobOn(machine: Machine, argv: readonly string[]): Generator<number, Answer> | undefined {
  const [program, verb = '', ...rest] = argv;
  if (program !== 'systemctl' || !['start', 'restart', 'reload-or-restart'].includes(verb)) return undefined;
  const names = rest.filter((word) => !word.startsWith('-')).map(withSuffix);
  if (names.length !== 1 || !isOurs(machine, names[0] ?? '')) return undefined;
  return job(machine, names[0] ?? '', verb, rest.includes('--no-block'));
}

function* job(machine: Machine, name: string, verb: string, noBlock: boolean): Generator<number, Answer> {
  const unit = unitOf(machine, name);
  if (unit === undefined) return fail(5, `Failed to ${verb} ${name}: Unit ${name} not found.`);
  const reloads = verb === 'reload-or-restart' && unit.active === 'active';
  if (verb === 'restart' || (reloads && unit.file.reload.length === 0)) stop(machine, unit);
  if (reloads && unit.file.reload.length > 0) return yield* reloaded(machine, unit);
  if (unit.active !== 'active' && unit.active !== 'activating') begin(machine, unit);
  if (noBlock) return silent;
  advance(machine, machine.around.now());
  while (unit.active === 'activating' && unit.life !== undefined && !restarting.has(unit)) {
    yield 1;
    advance(machine, machine.around.now());
  }
  if (unit.active === 'active') return silent;
  return fail(1, `Job for ${name} failed because the control process exited with error code.`);
}

function* reloaded(machine: Machine, unit: FileUnit): Generator<number, Answer> {
  const code = yield* runAll(machine, unit, unit.file.reload);
  return code === 0 ? silent : fail(1, `Job for ${unit.name} failed.`);
}

/** It failed, and waits for its next try: whoever waited for this one is told. */
const restarting = new WeakSet<FileUnit>();

function reload(machine: Machine): void {
  for (const unit of machine.fileUnits.values()) {
    const text = textOf(machine, unit.name);
    if (text !== undefined) unit.read(text);
  }
}

function begin(machine: Machine, unit: FileUnit): void {
  restarting.delete(unit);
  unit.active = 'activating';
  unit.status = '';
  unit.startedAt = machine.around.now();
  unit.wakeAt = machine.around.now();
  unit.life = lifeOf(machine, unit);
}

function stop(machine: Machine, unit: FileUnit | undefined): void {
  if (unit === undefined || unit.active === 'inactive') return;
  const was = unit.active;
  unit.life = undefined;
  restarting.delete(unit);
  if (was === 'active') {
    const code = atOnce(runAll(machine, unit, unit.file.stop));
    // What refuses to stop has ended for systemd all the same (systemd.service(5)); what it made stays.
    if (code !== 0) tell(machine, unit, `its stop ended with ${code}`);
  }
  end(machine, unit);
  unit.active = 'inactive';
}

/** SIGTERM to what runs in it, and what its file asks for afterwards. */
function end(machine: Machine, unit: FileUnit): void {
  const { onTerm } = unit;
  unit.onTerm = undefined;
  unit.status = '';
  onTerm?.();
  if (!unit.file.killsOnlyMain) for (const process of [...unit.processes]) process.end();
  unit.processes.clear();
  atOnce(runAll(machine, unit, unit.file.afterStop));
}

function atOnce(life: Life): number {
  for (let next = life.next(); ; next = life.next()) if (next.done) return next.value;
}

function* lifeOf(machine: Machine, unit: FileUnit): Life {
  const needed = unit.file.after.map((name) => [name, machine.fileUnits.get(name)] as const);
  while (needed.some(([, other]) => other?.active === 'activating' && !restarting.has(other))) yield 1;
  for (const name of unit.file.requires) {
    const other = unitOf(machine, name);
    if (other !== undefined && other.active === 'inactive') begin(machine, other);
    while (other?.active === 'activating' && !restarting.has(other)) yield 1;
    if (other?.active !== 'active') return 1;
  }
  const before = yield* runAll(machine, unit, unit.file.before);
  if (before !== 0) return before;
  const [first] = unit.file.start;
  if (unit.file.type === 'notify' && first?.argv[0] === '/etc/sanctl/import')
    return yield* hold(machine, unit, first.argv[2] ?? '');
  const code = yield* runAll(machine, unit, unit.file.start);
  if (code !== 0) return code;
  unit.active = unit.file.type === 'oneshot' && !unit.file.remains ? 'inactive' : 'active';
  // A daemon lives until its main process is no more.
  while (unit.file.type === 'forking') {
    if (![...unit.processes].some(({ alive, parent }) => alive && parent === 1)) return 1;
    yield 5;
  }
  return 0;
}

function* runAll(machine: Machine, unit: FileUnit, commands: readonly UnitCommand[]): Life {
  for (const { argv, mayFail } of commands) {
    const answer = yield* runOne(machine, unit, argv);
    for (const line of answer.stderr.split('\n').filter((one) => one !== '')) tell(machine, unit, line);
    if (answer.code !== 0 && !mayFail) return answer.code;
  }
  return 0;
}

function* runOne(machine: Machine, unit: FileUnit, argv: readonly string[]): Generator<number, Answer> {
  const script = scriptFile(machine, argv);
  if (script === undefined) return inUnit(machine, unit, () => machine.ask(argv));
  for (let next = script.next(); ; ) {
    if (next.done) return next.value;
    const call = next.value;
    if (call.argv[0] === 'sleep') {
      yield Number(call.argv[1]);
      next = script.next(silent);
    } else {
      const answer = inUnit(machine, unit, () => machine.ask(call.argv, call.stdin));
      next = script.next(answer);
    }
  }
}

/** What asks for its own control group is in this one. */
function inUnit<T>(machine: Machine, unit: FileUnit, work: () => T): T {
  const before = machine.unitNow;
  machine.unitNow = unit;
  try {
    return work();
  } finally {
    machine.unitNow = before;
  }
}

function tell(machine: Machine, unit: FileUnit, line: string): void {
  machine.journal.set(unit.name, [...(machine.journal.get(unit.name) ?? []), line].slice(-50));
}

/** Whatever is due by now, the earliest first. */
export function advance(machine: Machine, now: number): void {
  if (machine.advancing) return;
  machine.advancing = true;
  // A command that is cut cuts no unit: those are systemd's.
  const { onPoint } = machine;
  machine.onPoint = () => undefined;
  try {
    for (let turns = 0; turns < 2000; turns++) {
      const [next] = [...machine.fileUnits.values()]
        .filter(({ life, wakeAt }) => life !== undefined && wakeAt <= now)
        .sort((one, other) => one.wakeAt - other.wakeAt);
      if (next === undefined || !machine.on) return;
      turn(machine, next, now);
    }
    throw new Error(`units of ${machine.name} do not come to rest`);
  } finally {
    machine.advancing = false;
    machine.onPoint = onPoint;
  }
}

function turn(machine: Machine, unit: FileUnit, now: number): void {
  const { life } = unit;
  if (life === undefined) return;
  if (
    unit.active === 'activating' &&
    !restarting.has(unit) &&
    unit.file.startSeconds !== undefined &&
    now - unit.startedAt > unit.file.startSeconds
  ) {
    unit.life = undefined;
    failed(machine, unit, now);
    return;
  }
  const next = life.next();
  if (unit.life !== life) return;
  if (!next.done) {
    unit.wakeAt = Math.max(unit.wakeAt + next.value, now - 60);
    return;
  }
  unit.life = undefined;
  if (next.value !== 0 || unit.file.type === 'forking') failed(machine, unit, now);
}

function failed(machine: Machine, unit: FileUnit, now: number): void {
  end(machine, unit);
  unit.active = 'failed';
  if (!['always', 'on-failure'].includes(unit.file.restart)) return;
  unit.active = 'activating';
  restarting.add(unit);
  unit.wakeAt = now + unit.file.restartSeconds;
  unit.life = again(machine, unit);
}

/** After its pause it is started as at first. */
function* again(machine: Machine, unit: FileUnit): Life {
  restarting.delete(unit);
  unit.startedAt = machine.around.now();
  return yield* lifeOf(machine, unit);
}

/** All that are enabled, in whatever order their files say. */
export function bootUnits(machine: Machine): void {
  machine.fileUnits.clear();
  for (const path of machine.files.below(wants)) {
    const unit = unitOf(machine, path.slice(wants.length + 1));
    if (unit !== undefined) begin(machine, unit);
  }
}

/** In the order in which the real one prints them (test/fixtures/systemd-252). */
const printed = ['StatusText', 'Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'NeedDaemonReload'];

function show(machine: Machine, rest: readonly string[], names: readonly string[]): Answer {
  const asked = (rest.find((word) => word.startsWith('--property='))?.slice('--property='.length) ?? '').split(',');
  if (asked.some((one) => !printed.includes(one))) throw new UnknownCommand(`systemctl show ${rest.join(' ')}`);
  const found = names.flatMap((name) => {
    if (!name.includes('*')) return [name];
    const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`);
    return [...machine.fileUnits.values()]
      .filter((one) => pattern.test(one.name) && (one.loaded || isEnabled(machine, one.name)))
      .map((one) => one.name);
  });
  const blocks = found.map((name) => {
    const unit = unitOf(machine, name);
    const text = textOf(machine, name);
    const notify =
      unit?.file.type === 'notify' || name.startsWith('sanctl-import-') || name.startsWith('sanctl-export-');
    const all: Readonly<Record<string, string | undefined>> = {
      StatusText: notify ? (unit?.status ?? '') : undefined,
      Id: name,
      LoadState: text === undefined && unit?.loaded !== true ? 'not-found' : 'loaded',
      ActiveState: unit?.active ?? 'inactive',
      UnitFileState: text === undefined ? '' : isEnabled(machine, name) ? 'enabled' : 'disabled',
      NeedDaemonReload: unit !== undefined && text !== undefined && sha256(text) !== sha256(unit.text) ? 'yes' : 'no',
    };
    return printed.flatMap((field) =>
      asked.includes(field) && all[field] !== undefined ? [`${field}=${all[field]}`] : [],
    );
  });
  return { ...silent, stdout: blocks.map((block) => block.map((line) => `${line}\n`).join('')).join('\n') };
}
