/** xl of Xen 4.17. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { Half } from './drbd.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { deviceAt } from './programs-devices.ts';
import { missing } from './programs-lvm.ts';
import { kernel } from './special.ts';
import { booting, type Domain, type DomainDisk, isLive, openDisks, parseDomainFile, remove } from './xen.ts';

const dom0Kib = 1048576;
const hypervisorMib = 2047;

export const xen: Readonly<Record<string, Program>> = {
  xl: (machine, argv) => (machine.packages.has('xen-utils-common') ? xl(machine, argv) : missing(argv)),
  'xenstore-read'(machine, argv) {
    const value = machine.xenstore.get(argv[1] ?? '');
    return value === undefined ? fail(1, `xenstore-read: couldn't read path ${argv[1]}`) : say(value);
  },
  'xenstore-write'(machine, argv) {
    for (let at = 1; at < argv.length; at += 2) machine.xenstore.set(argv[at] ?? '', argv[at + 1] ?? '');
    return silent;
  },
  // It finds the device, and tells the backend its numbers; that it may not be opened shows later.
  '/etc/xen/scripts/block': () => silent,
};

function xl(machine: Machine, argv: readonly string[]): Answer {
  const asked = argv.slice(1).join(' ');
  if (asked === 'info') return say(...info(machine));
  if (asked === 'list') return say(...list(machine, false));
  if (asked === 'list -v') return say(...list(machine, true));
  if (asked === 'list -l') return { ...silent, stdout: `${longList(machine)}\n\n` };
  if (argv[1] === 'list' && argv.length === 3) return listOne(machine, argv[2] ?? '');
  if (asked.startsWith('create -n ')) return parsed(machine, argv[3] ?? '', false);
  if (asked.startsWith('create -q -n ')) return parsed(machine, argv[4] ?? '', true);
  if (asked.startsWith('create ')) return create(machine, argv);
  if ((argv[1] === 'pause' || argv[1] === 'unpause') && argv.length === 3) return hold(machine, argv[2] ?? '', argv[1]);
  if ((argv[1] === 'shutdown' || argv[1] === 'destroy') && argv.length === 3)
    return stop(machine, argv[2] ?? '', argv[1]);
  throw new UnknownCommand(argv.join(' '));
}

function info(machine: Machine): readonly string[] {
  const lines: readonly (readonly [string, string | number])[] = [
    ['host', machine.name],
    ['release', kernel],
    ['version', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)'],
    ['machine', 'x86_64'],
    ['nr_cpus', 1],
    ['max_cpu_id', 0],
    ['nr_nodes', 1],
    ['virt_caps', 'pv shadow gnttab-v1 gnttab-v2'],
    ['total_memory', hypervisorMib],
    ['free_memory', freeMib(machine)],
    ['xen_major', 4],
    ['xen_minor', 17],
    ['xen_extra', '.7'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(23)}: ${value}`);
}

export function freeMib(machine: Machine): number {
  const used = machine.domains.reduce((sum, one) => sum + one.memoryKib, dom0Kib) / 1024;
  return Math.max(0, hypervisorMib - used - 23);
}

/** Columns as xl prints them; `-v` adds uuid, reason and label. */
function list(machine: Machine, verbose: boolean): readonly string[] {
  const dom0 = {
    name: 'Domain-0',
    id: 0,
    uuid: '00000000-0000-0000-0000-000000000000',
    memoryKib: dom0Kib,
    vcpus: 1,
    state: 'r-----',
    built: true,
  };
  const head = `Name                                        ID   Mem VCPUs\tState\tTime(s)${verbose ? '   UUID                            Reason-Code\tSecurity Label' : ''}`;
  const rows = [dom0, ...machine.domains].map((one) => {
    const row = `${one.name.padEnd(40)} ${String(one.id).padStart(5)} ${String(one.memoryKib / 1024).padStart(5)} ${String(one.built ? one.vcpus : 0).padStart(5)}     ${one.state}  ${'1.0'.padStart(8)}`;
    // LIBXL_SHUTDOWN_REASON_SUSPEND is 2.
    return verbose ? `${row} ${one.uuid}        ${one.state.includes('s') ? 2 : '-'}                -` : row;
  });
  return [head, ...rows];
}

function longList(machine: Machine): string {
  const dom0 = {
    domid: 0,
    config: {
      c_info: { type: 'pv', name: 'Domain-0' },
      b_info: {
        max_memkb: dom0Kib,
        target_memkb: dom0Kib - 1,
        sched_params: { sched: 'credit2', weight: 256, cap: 0 },
        'type.pv': {},
        arch_arm: {},
        arch_x86: {},
      },
    },
  };
  return JSON.stringify([dom0, ...machine.domains.filter(({ built }) => built).map(long)], undefined, 4);
}

function long(domain: Domain): unknown {
  return { domid: domain.id, config: configOf(domain) };
}

type Config = Omit<Domain, 'id' | 'state' | 'built' | 'guest' | 'disks'> & {
  readonly disks: readonly Pick<DomainDisk, 'target' | 'as' | 'readOnly' | 'script'>[];
};

/** libxl's JSON, wherever it is printed. */
function configOf(domain: Config): unknown {
  const { kernel: image, ramdisk, cmdline } = domain;
  return {
    c_info: { type: domain.type, name: domain.name, uuid: domain.uuid, run_hotplug_scripts: 'True' },
    b_info: {
      max_vcpus: domain.vcpus,
      avail_vcpus: Array.from({ length: domain.vcpus }, (_, at) => at),
      max_memkb: domain.maxMemoryKib,
      target_memkb: domain.memoryKib,
      sched_params: { sched: 'credit2', weight: 256, cap: 0 },
      ...(image === undefined ? {} : { kernel: image }),
      ...(cmdline === undefined ? {} : { cmdline }),
      ...(ramdisk === undefined ? {} : { ramdisk }),
      [`type.${domain.type}`]: {},
      arch_arm: {},
      arch_x86: {},
    },
    disks: domain.disks.map((disk) => ({
      pdev_path: disk.target,
      vdev: disk.as,
      backend: 'phy',
      format: 'raw',
      removable: 1,
      readwrite: disk.readOnly ? 0 : 1,
      ...(disk.script === undefined ? {} : { script: disk.script }),
    })),
    nics: domain.nics.map((nic, at) => ({
      devid: at,
      mac: nic.mac,
      bridge: nic.bridge,
      script: '/etc/xen/scripts/vif-bridge',
      nictype: 'vif',
    })),
    on_reboot: 'restart',
    on_soft_reset: 'soft_reset',
  };
}

function listOne(machine: Machine, name: string): Answer {
  const found = named(machine, name);
  if (found === undefined) return fail(1, `${name} is an invalid domain identifier (rc=-6)`);
  const [head = '', ...rows] = list(machine, false);
  return say(head, ...rows.filter((row) => row.startsWith(`${found.name} `)));
}

/** `xl create -n` reads the file, prints it as libxl has it, and makes nothing (xl_vmcontrol.c, source; not recorded). */
function parsed(machine: Machine, path: string, quiet: boolean): Answer {
  const file = machine.files.get(path);
  if (file === undefined) return fail(1, `Failed to read config file: ${path}: No such file or directory`);
  try {
    const config = { ...settingsIn(file.content), disks: disksIn(file.content) };
    const stderr = quiet ? '' : `Parsing config from ${path}\n`;
    return { code: 0, stdout: `${JSON.stringify(configOf(config), undefined, 4)}\n`, stderr };
  } catch (problem) {
    return fail(1, problem instanceof Error ? problem.message : '');
  }
}

function create(machine: Machine, argv: readonly string[]): Answer {
  const path = argv.at(-1) ?? '';
  if (argv.length !== 3) throw new UnknownCommand(argv.join(' '));
  const file = machine.files.get(path);
  if (file === undefined) return fail(1, `Failed to read config file: ${path}: No such file or directory`);
  const parsing = `Parsing config from ${path}\n`;
  const settings = settingsIn(file.content);
  if (machine.domains.some((one) => one.name === settings.name)) {
    return {
      code: 3,
      stdout: '',
      stderr: `${parsing}libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain 2:Domain with name "${settings.name}" already exists.
`,
    };
  }
  const disks = disksIn(file.content).map((disk) => openDisk(machine, disk));
  const bad = disks.find((disk) => typeof disk === 'string');
  if (bad !== undefined) return { code: 3, stdout: '', stderr: `${parsing}${String(bad)}\n` };
  const domain: Domain = {
    ...settings,
    id: machine.nextDomid++,
    state: '--p---',
    disks: disks.filter((disk) => typeof disk !== 'string'),
    built: false,
    guest: booting,
  };
  machine.domains = [...machine.domains, domain];
  openDisks(domain);
  machine.point('xl create: the domain is there, and paused');
  domain.built = true;
  domain.state = '-b----';
  return { code: 0, stdout: '', stderr: parsing };
}

/** What a file says of a domain, but for its disks. */
function settingsIn(content: string): Omit<Config, 'disks'> {
  const config = parseDomainFile(content);
  const text = (name: string): string | undefined => {
    const value = config.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    name: text('name') ?? '',
    uuid: text('uuid') ?? '',
    type: text('type') ?? 'pv',
    memoryKib: Number(text('memory')) * 1024,
    maxMemoryKib: Number(text('maxmem') ?? text('memory')) * 1024,
    vcpus: Number(text('vcpus') ?? 1),
    kernel: text('kernel'),
    ramdisk: text('ramdisk'),
    cmdline: text('cmdline') ?? text('extra'),
    nics: listIn(config.get('vif')).map((spec) => ({
      bridge: words(spec).get('bridge') ?? '',
      mac: words(spec).get('mac') ?? '',
    })),
  };
}

function disksIn(content: string): Config['disks'] {
  return listIn(parseDomainFile(content).get('disk')).map((spec) => ({
    target: /(?:^|,)\s*target=(.*)$/.exec(spec)?.[1] ?? words(spec).get('target') ?? '',
    as: words(spec).get('vdev') ?? '',
    readOnly: ['ro', 'r'].includes(words(spec).get('access') ?? 'rw'),
  }));
}

function listIn(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'object' ? value : [];
}

function words(spec: string): ReadonlyMap<string, string> {
  return new Map(
    spec
      .split(',')
      .map((part) => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()] as const),
  );
}

/** A disk that cannot be opened ends the whole creation. */
function openDisk(machine: Machine, { target, as, readOnly }: Config['disks'][number]): DomainDisk | string {
  const device = deviceAt(machine, target);
  const refusal = `libxl: error: libxl_device.c:397:libxl__device_disk_set_backend: Disk vdev=${as} failed to stat: ${target}: No such file or directory`;
  if (device === undefined) return refusal;
  if (device instanceof Half && device.role !== 'Primary')
    return `libxl: error: libxl_exec.c:117:libxl_report_child_exitstatus: /etc/xen/scripts/block add [5] exited with error status 1`;
  return { target, as, readOnly, device, open: false };
}

/** A guest stands still, and goes on (test/fixtures/xen-4.17/xl-list-v-paused.txt). */
function hold(machine: Machine, name: string, how: 'pause' | 'unpause'): Answer {
  const domain = named(machine, name);
  if (domain === undefined) return fail(1, `${name} is an invalid domain identifier (rc=-6)`);
  if (/[scd]/.test(domain.state)) return silent;
  domain.state = how === 'pause' ? '--p---' : '-b----';
  machine.point(`xl ${how}: it is done`);
  return silent;
}

/** By its name or its id. */
function named(machine: Machine, name: string): Domain | undefined {
  return machine.domains.find((one) => one.name === name || String(one.id) === name);
}

function stop(machine: Machine, name: string, how: 'shutdown' | 'destroy'): Answer {
  const domain = named(machine, name);
  if (domain === undefined) return fail(1, `${name} is an invalid domain identifier (rc=-6)`);
  if (isLive(domain) && how === 'destroy') machine.around.ledger.slain.push(`${domain.name} on ${machine.name}`);
  remove(machine, domain);
  return silent;
}
