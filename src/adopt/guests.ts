/** Domains that run, and files of those that do not, as virtual machines of an inventory. Pure. */
import { mirrorNames, sliceNames } from '../kinds/domain/devices.ts';
import { devicePath } from '../kinds/drbd/resource.ts';
import { domainPath } from '../kinds/file/paths.ts';
import type { NodeName } from '../step.ts';
import type { LeftOut, Reason } from './findings.ts';
import type { FoundBoot, FoundDisk, FoundGuest } from './guest.ts';
import type { GuestFile, Look } from './look.ts';
import * as is from './names.ts';
import type { DraftVolume } from './shape.ts';

export interface DraftVm {
  readonly name: string;
  /** None: its file gives it another at every start. */
  readonly uuid: string | undefined;
  readonly home: NodeName;
  readonly type: 'pv' | 'pvh' | 'hvm';
  readonly memoryBytes: number;
  readonly vcpus: number;
  readonly boot: FoundBoot;
  readonly disks: readonly { readonly volume: string; readonly as: string; readonly readOnly: boolean }[];
  readonly nics: readonly { readonly bridge: string; readonly mac: string }[];
  readonly state: 'running' | 'stopped';
  readonly autostart: 'home' | 'never';
}

export interface Guests {
  readonly vms: readonly DraftVm[];
  readonly left: readonly LeftOut[];
  /** Of those that are imported. */
  readonly unsaid: readonly { readonly name: string; readonly node: NodeName; readonly keys: readonly string[] }[];
  /** Files of theirs at other paths than sanctl's. */
  readonly beside: readonly { readonly name: string; readonly node: NodeName; readonly path: string }[];
  readonly differing: readonly { readonly name: string; readonly node: NodeName; readonly keys: readonly string[] }[];
}

/** A domain, wherever it was seen: running, or as files. */
interface Sighting {
  readonly name: string;
  readonly node: NodeName;
  readonly state: DraftVm['state'];
  readonly nodes: readonly NodeName[];
  /** A reason where nothing more can be said. */
  readonly config: FoundGuest | Reason;
}

type Verdict = DraftVm | Reason;

export function guestsOf(looks: readonly Look[], volumes: readonly DraftVolume[]): Guests {
  const sightings = [...runningOf(looks), ...stoppedOf(looks)];
  const verdicts = withoutShared(sightings.map((seen) => ({ seen, verdict: verdictOf(seen, looks, volumes) })));
  const good = verdicts.flatMap(({ seen, verdict }) => ('why' in verdict ? [] : [{ seen, vm: verdict }]));
  return {
    vms: good.map(({ vm }) => vm),
    left: verdicts.flatMap(({ seen: { name, nodes }, verdict }) =>
      'why' in verdict ? [{ name, nodes, ...verdict }] : [],
    ),
    unsaid: good.flatMap(({ seen: { name, node, config } }) =>
      'why' in config || config.unsaid.length === 0 ? [] : [{ name, node, keys: config.unsaid }],
    ),
    beside: looks.flatMap(({ node, files }) =>
      files.flatMap(({ path, config }) =>
        config === undefined || path === domainPath(config.name) ? [] : [{ name: config.name, node, path }],
      ),
    ),
    differing: good.flatMap(({ seen: { node, state }, vm }) => {
      const keys = state === 'stopped' ? [] : differences(vm, looks, volumes);
      return keys.length === 0 ? [] : [{ name: vm.name, node, keys }];
    }),
  };
}

interface Judged {
  readonly seen: Sighting;
  readonly verdict: Verdict;
}

/** X1: a disk has one guest. The one that runs has it; of two that run, or two that do not, nobody knows which. */
function withoutShared(all: readonly Judged[]): readonly Judged[] {
  return all.map(({ seen, verdict }) => {
    if ('why' in verdict) return { seen, verdict };
    const rival = all
      .flatMap(({ verdict: other }) => ('why' in other || other === verdict ? [] : [other]))
      .find((other) => (other.state === 'running' || verdict.state === 'stopped') && shared(verdict, other));
    if (rival === undefined) return { seen, verdict };
    const why = `it has a disk in common with ${rival.name} on ${rival.home}, and a disk has one guest (X1)`;
    return { seen, verdict: { why, way: 'Remove the file of the one that is not to run, and import again.' } };
  });
}

function shared(one: DraftVm, other: DraftVm): boolean {
  return one.disks.some(({ volume, readOnly }) =>
    other.disks.some((disk) => disk.volume === volume && !(readOnly && disk.readOnly)),
  );
}

function runningOf(looks: readonly Look[]): readonly Sighting[] {
  return looks.flatMap(({ node, guests }) =>
    guests.map(({ domain: { name, state }, live, config }): Sighting => {
      const config_ = live
        ? (config ?? { why: '`xl list -l` does not show its configuration', way: 'Look at it with `xl list -l`.' })
        : { why: `it is neither running nor gone (${state})`, way: 'Wait, or end what holds it; then import again.' };
      return { name, node, state: 'running', nodes: [node], config: config_ };
    }),
  );
}

/** Files of domains that run nowhere; of one name on several nodes, once. */
function stoppedOf(looks: readonly Look[]): readonly Sighting[] {
  const running = new Set(looks.flatMap(({ guests }) => guests.map(({ domain }) => domain.name)));
  const files = looks.flatMap(({ node, files: found }) => found.map((file) => ({ node, file })));
  const nameOf = ({ path, config }: GuestFile): string => config?.name ?? path;
  const names = [...new Set(files.map(({ file }) => nameOf(file)))].filter((name) => !running.has(name));
  return names.flatMap((name): readonly Sighting[] => {
    const found = files.filter(({ file }) => nameOf(file) === name);
    const [first] = found;
    if (first === undefined) return [];
    const { node } = first;
    const nodes = found.map((one) => one.node);
    return [{ name, node, state: 'stopped', nodes, config: agreed(found.map(({ file }) => file)) }];
  });
}

/** xl gives a domain whose file names no uuid another one each time. */
function agreed(files: readonly GuestFile[]): FoundGuest | Reason {
  const configs = files.flatMap(({ config }) => config ?? []);
  const [first] = configs;
  if (first === undefined || configs.length < files.length)
    return { why: `xl cannot read ${files[0]?.path}`, way: '`xl create -n FILE` says why.' };
  const same = (pick: (one: FoundGuest) => unknown): boolean =>
    new Set(configs.map((one) => JSON.stringify(pick(one)))).size === 1;
  if (!same((one) => ({ ...one, uuid: '' })))
    return { why: 'its files differ', way: 'Keep the one that is right, and remove the others.' };
  return same(({ uuid }) => uuid) ? first : { ...first, uuid: undefined };
}

function verdictOf(seen: Sighting, looks: readonly Look[], volumes: readonly DraftVolume[]): Verdict {
  const { config, name, node, state } = seen;
  if ('why' in config) return config;
  if (name.includes('--'))
    return {
      why: 'its name is that of half a migration',
      way: 'Let that end, or settle it; touch neither half by hand (M3 to M5).',
    };
  if (!is.isDomain(name)) return { why: 'its name is none that an inventory may have', way: 'Rename it.' };
  const starters = looks.filter(({ boot }) => boot.starts.includes(name)).map((look) => look.node);
  const home = starters[0] ?? node;
  const draft = draftOf(config, home, volumes);
  if ('why' in draft) return draft;
  return { ...draft, state, autostart: starters.length > 0 && state === 'running' ? 'home' : 'never' };
}

function draftOf(
  config: FoundGuest,
  home: NodeName,
  volumes: readonly DraftVolume[],
): Omit<DraftVm, 'state' | 'autostart'> | Reason {
  const { name, uuid, type, memoryBytes, vcpus, boot } = config;
  const way = 'An inventory has no words for it.';
  if (type !== 'pv' && type !== 'pvh' && type !== 'hvm') return { why: `its type is ${type}`, way };
  if (boot === undefined || !maySay(boot, type)) return { why: 'how it starts cannot be said in an inventory', way };
  if (memoryBytes % 2 ** 20 !== 0 || memoryBytes < 2 ** 24)
    return { why: 'its memory is not a whole number of MiB, 16 at least', way: 'Give it such a number in its file.' };
  if (vcpus < 1 || vcpus > 128) return { why: `it has ${vcpus} processors`, way };
  const disks: DraftVm['disks'][number][] = [];
  for (const disk of config.disks) {
    const on = diskOn(disk, home, volumes);
    if (!('volume' in on)) return on;
    disks.push(on);
  }
  const nics: DraftVm['nics'][number][] = [];
  for (const { mac, bridge } of config.nics) {
    if (mac === undefined || bridge === undefined || !is.isMac(mac) || !is.isBridge(bridge))
      return { why: `its card ${mac ?? ''} joins no bridge that can be named`, way };
    nics.push({ mac, bridge });
  }
  const known = uuid !== undefined && is.isUuid(uuid) ? uuid : undefined;
  return { name, uuid: known, home, type, memoryBytes, vcpus, boot, disks, nics };
}

function maySay(boot: FoundBoot, type: string): boolean {
  if ('firmware' in boot) return type === 'hvm' && /^[cdn]{1,3}$/.test(boot.order ?? 'c');
  if ('bootloader' in boot) return type !== 'hvm';
  const { kernel, ramdisk, cmdline } = boot;
  return [kernel, ramdisk ?? kernel].every(is.isNodePath) && (cmdline === undefined || is.isCommandLine(cmdline));
}

function diskOn(
  { as, target, readOnly, why }: FoundDisk,
  home: NodeName,
  volumes: readonly DraftVolume[],
): DraftVm['disks'][number] | Reason {
  const disk = `its disk ${as}`;
  if (why !== undefined)
    return { why: `${disk}: ${why}`, way: 'A disk of an inventory is a raw device, named by its path.' };
  if (!is.isGuestDevice(as)) return { why: `${disk} has a name that an inventory does not know`, way: 'Rename it.' };
  const volume = volumes.find((one) => one.replicas.includes(home) && namesOf(one).includes(target));
  if (volume === undefined) {
    const beneath = volumes.find((one) => one.mirror !== undefined && sliceNames(one).some((path) => path === target));
    const where = `${disk} is on ${target === '' ? 'nothing that has a name' : target}`;
    return beneath === undefined
      ? { why: `${where}, which is none of the volumes that are imported`, way: 'See what was said of that one.' }
      : {
          why: `${where}, beneath the mirror ${beneath.name}: what it writes, DRBD does not copy`,
          way: 'Give it the device of the mirror.',
        };
  }
  if (volume.mirror !== undefined && volume.mirror.protocol !== 'C')
    return {
      why: `${disk} is on ${volume.name}, which has protocol ${volume.mirror.protocol} (D11)`,
      way: 'Protocol C.',
    };
  return { volume: volume.name, as, readOnly };
}

function namesOf(volume: DraftVolume): readonly string[] {
  return volume.mirror === undefined ? sliceNames(volume) : [devicePath(volume.mirror.minor), ...mirrorNames(volume)];
}

/** What its own file says otherwise than the domain that runs, by the words of the inventory. */
function differences(vm: DraftVm, looks: readonly Look[], volumes: readonly DraftVolume[]): readonly string[] {
  const path = domainPath(vm.name);
  const file = looks.find(({ node }) => node === vm.home)?.files.find((one) => one.path === path);
  if (file?.config === undefined) return [];
  const said = draftOf(file.config, vm.home, volumes);
  if ('why' in said) return [`settings (${said.why})`];
  const keys = ['name', 'type', 'memoryBytes', 'vcpus', 'boot', 'disks', 'nics'] as const;
  return keys
    .filter((key) => JSON.stringify(said[key]) !== JSON.stringify(vm[key]))
    .map((key) => (key === 'memoryBytes' ? 'memory' : key === 'nics' ? 'cards' : key));
}
