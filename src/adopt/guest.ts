/** libxl's own JSON of a domain, as `xl list -l` and `xl create -n` print it (Xen 4.17), to what an inventory can say. Pure. */
import { isRecord } from '../kinds/reading.ts';

export interface FoundGuest {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly type: string | undefined;
  readonly memoryBytes: number;
  readonly vcpus: number;
  readonly boot: FoundBoot | undefined;
  readonly disks: readonly FoundDisk[];
  readonly nics: readonly FoundNic[];
  /** Settings for which an inventory has no words, by their names in the JSON; never their values, which may be secrets. */
  readonly unsaid: readonly string[];
}

export type FoundBoot =
  | { readonly kernel: string; readonly ramdisk?: string; readonly cmdline?: string }
  | { readonly bootloader: 'pygrub' }
  | { readonly firmware: 'bios' | 'uefi'; readonly order?: string };

export interface FoundDisk {
  readonly as: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Why an inventory cannot have it: `it is a CD`. */
  readonly why?: string;
}

export interface FoundNic {
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** The `config` of an entry of `xl list -l`, or what `xl create -n` prints. Undefined when it is no such thing. */
export function guestOf(config: unknown): FoundGuest | undefined {
  if (!isRecord(config) || !isRecord(config['c_info']) || !isRecord(config['b_info'])) return undefined;
  const { c_info: create, b_info: build } = config;
  const [name, memory] = [text(create['name']), number(build['target_memkb']) ?? number(build['max_memkb'])];
  const [disks, nics] = [records(config['disks']), records(config['nics'])];
  if (name === undefined || memory === undefined || disks === undefined || nics === undefined) return undefined;
  const type = text(create['type']);
  const own = isRecord(build[`type.${type}`]) ? (build[`type.${type}`] as Json) : {};
  return {
    name,
    uuid: text(create['uuid']),
    type,
    memoryBytes: memory * 1024,
    vcpus: number(build['max_vcpus']) ?? 1,
    boot: bootOf(type, build, own),
    disks: disks.map(diskOf),
    nics: nics.map((nic) => ({ mac: text(nic['mac'])?.toLowerCase(), bridge: text(nic['bridge']) })),
    unsaid: [...unsaidIn(config, create, build, own), ...disks.flatMap(ofDisk), ...nics.flatMap(ofNic)],
  };
}

/** Older ones keep the bootloader with the type. */
function bootOf(type: string | undefined, build: Json, own: Json): FoundBoot | undefined {
  const kernel = text(build['kernel']) ?? text(own['kernel']);
  const bootloader = text(build['bootloader']) ?? text(own['bootloader']);
  if (bootloader !== undefined) return /(^|\/)pygrub$/.test(bootloader) ? { bootloader: 'pygrub' } : undefined;
  const [ramdisk, cmdline] = [text(build['ramdisk']), text(build['cmdline'])];
  if (kernel !== undefined)
    return { kernel, ...(ramdisk === undefined ? {} : { ramdisk }), ...(cmdline ? { cmdline } : {}) };
  if (type !== 'hvm') return undefined;
  const order = text(own['boot']);
  return { firmware: text(own['bios']) === 'ovmf' ? 'uefi' : 'bios', ...(order === undefined ? {} : { order }) };
}

/** libxl leaves out what has its default: without `readwrite` it is read-only. */
function diskOf(disk: Json): FoundDisk {
  const why = whyNot(disk);
  return {
    as: text(disk['vdev']) ?? '',
    target: text(disk['pdev_path']) ?? '',
    readOnly: (disk['readwrite'] ?? 0) === 0,
    ...(why === undefined ? {} : { why }),
  };
}

/** The script that sanctl moves a guest with is its own. */
const ownScript = /(^|\/)block-sanctl$/;

function whyNot(disk: Json): string | undefined {
  const script = text(disk['script']);
  const format = text(disk['format']) ?? 'raw';
  if (isSet(disk['is_cdrom'])) return 'it is a CD';
  if (script !== undefined && !ownScript.test(script)) return `the script \`${script}\` attaches it`;
  if (format !== 'raw') return `it has the format ${format}`;
  const backend = text(disk['backend']) ?? 'phy';
  return backend === 'phy' ? undefined : `its backend is ${backend}`;
}

/** What is said elsewhere, follows from what is said, or is how libxl fills in a default (seen). */
const said = {
  config: ['c_info', 'b_info', 'disks', 'nics', 'on_reboot', 'on_soft_reset'],
  create: ['type', 'name', 'domid', 'uuid', 'run_hotplug_scripts'],
  build: [
    'max_vcpus',
    'avail_vcpus',
    'max_memkb',
    'target_memkb',
    'video_memkb',
    'shadow_memkb',
    'iommu_memkb',
    'sched_params',
    'claim_mode',
    'kernel',
    'ramdisk',
    'cmdline',
    'bootloader',
    'arch_arm',
    'arch_x86',
  ],
  own: ['kernel', 'bootloader', 'bios', 'boot'],
  disk: [
    'pdev_path',
    'vdev',
    'backend',
    'format',
    'readwrite',
    'removable',
    'script',
    'is_cdrom',
    'colo_restore_enable',
  ],
  nic: ['devid', 'mac', 'bridge', 'script', 'nictype'],
};

function unsaidIn(config: Json, create: Json, build: Json, own: Json): readonly string[] {
  const maximum = number(build['max_memkb']);
  const target = number(build['target_memkb']);
  return [
    ...beyond(config, said.config),
    ...beyond(create, said.create),
    ...beyond(build, said.build).filter((key) => !key.startsWith('type.')),
    ...beyond(own, said.own),
    ...(maximum === undefined || target === undefined || maximum === target ? [] : ['max_memkb']),
    ...(areAll(build['avail_vcpus'], number(build['max_vcpus'])) ? [] : ['avail_vcpus']),
    ...(['on_reboot', 'on_soft_reset'] as const).filter((key) => unusual(key, config[key])),
  ];
}

/** Those that it begins with. */
function areAll(available: unknown, count = 1): boolean {
  return !Array.isArray(available) || available.length === count;
}

function unusual(key: 'on_reboot' | 'on_soft_reset', value: unknown): boolean {
  return value !== undefined && value !== (key === 'on_reboot' ? 'restart' : 'soft_reset');
}

function ofDisk(disk: Json): readonly string[] {
  return beyond(disk, said.disk).map((key) => `${key} of ${text(disk['vdev'])}`);
}

/** The script that Xen takes unless told otherwise. */
function ofNic(nic: Json): readonly string[] {
  const script = text(nic['script']);
  const own = script === undefined || /(^|\/)vif-bridge$/.test(script) ? [] : ['script'];
  return [...beyond(nic, said.nic), ...own].map((key) => `${key} of the card ${text(nic['mac'])}`);
}

/** Off and empty are as good as not said. */
function beyond(from: Json, known: readonly string[]): readonly string[] {
  return Object.entries(from)
    .filter(([key, value]) => !known.includes(key) && isSaid(value))
    .map(([key]) => key);
}

function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isRecord(value)) return Object.values(value).some(isSaid);
  return value !== undefined && value !== null && value !== 0 && value !== '' && value !== 'False' && value !== false;
}

function isSet(value: unknown): boolean {
  return value === true || value === 1 || value === 'True';
}

function records(value: unknown): readonly Json[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every(isRecord) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
