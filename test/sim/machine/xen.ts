/** Domains of a machine, and the guests in them: each appends records to its disks, which must never be lost. */
import type { Device, Stretch, Written } from './content.ts';
import { Half } from './drbd.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import { flush } from './md-array.ts';
import { goingOf, NbdDevice } from './nbd-device.ts';
import type { Process } from './process.ts';

export interface Domain {
  /** `web`, and while it moves `web--incoming` or `web--migratedaway`. */
  name: string;
  id: number;
  readonly uuid: string;
  /** `r-----`, `-b----`, `---s--`. */
  state: string;
  readonly type: string;
  readonly memoryKib: number;
  readonly maxMemoryKib: number;
  readonly vcpus: number;
  readonly kernel: string | undefined;
  readonly ramdisk: string | undefined;
  readonly cmdline: string | undefined;
  disks: readonly DomainDisk[];
  readonly nics: readonly { readonly bridge: string; readonly mac: string }[];
  /** Not: its creation broke off. It stays paused, and `xl list -l` leaves it out (seen). */
  built: boolean;
  guest: Guest;
  /** The process that came with it and waits for its end, to start it anew. */
  monitor?: Process;
}

/** What goes along when a domain moves. */
export interface Guest {
  /** When it wrote last, seconds. */
  readonly wroteAt: number;
  readonly records: number;
  /** What it wrote last, by disk: it counts on finding that there. */
  readonly last: ReadonlyMap<string, Written>;
}

export interface DomainDisk {
  readonly target: string;
  readonly as: string;
  readonly readOnly: boolean;
  readonly device: Device | Half;
  /** The hotplug script that attaches it, where it is not Xen's own. */
  readonly script?: string;
  /** A guest that gets a device which may not be opened runs without that disk (seen: create-without-primary). */
  open: boolean;
}

export const booting: Guest = { wroteAt: 0, records: 0, last: new Map() };

/** X10: its guest runs. */
export function isLive({ built, state }: Domain): boolean {
  return built && !/[pscd]/.test(state);
}

/** Xen opens a disk when the domain has been built. */
export function openDisks({ disks }: Domain): void {
  for (const disk of disks) {
    disk.open = !(disk.device instanceof Half) || disk.device.role === 'Primary';
    if (disk.open && disk.device instanceof Half) disk.device.openers++;
  }
}

/** Its memory and its disks are free; at once, or as long as the sockets of a lost line still hold pages of its guest (seen). */
export function remove(machine: Machine, domain: Domain): void {
  domain.monitor?.end();
  if (waits(domain)) {
    Object.assign(domain, { name: '(null)', state: '--pssd', built: false });
    void untilFree(machine, domain);
    return;
  }
  if (!holdsPages(machine, domain) || machine.random.chance(0.5)) {
    free(machine, domain);
    return;
  }
  Object.assign(domain, { name: '(null)', state: '--pssd', built: false });
  void machine.around.sleep(machine.random.whole(30, 900)).then(() => free(machine, domain));
}

/** blkback does not end before its requests do, which wait for their server (docs/decisions/0016; by reading). */
function waits({ disks }: Domain): boolean {
  return disks.some(({ open, device }) => open && device instanceof NbdDevice && device.going === 'waits');
}

async function untilFree(machine: Machine, domain: Domain): Promise<void> {
  while (machine.domains.includes(domain) && waits(domain)) await machine.around.sleep(5);
  free(machine, domain);
}

function holdsPages({ around }: Machine, { disks }: Domain): boolean {
  return disks.some(({ open, device }) => open && device instanceof Half && around.now() - device.cutAt < 900);
}

function free(machine: Machine, domain: Domain): void {
  for (const disk of domain.disks) {
    if (disk.open && disk.device instanceof Half) disk.device.openers--;
    disk.open = false;
  }
  machine.domains = machine.domains.filter((one) => one !== domain);
}

const recordBytes = 65536;
const recordEvery = 2 ** 18;

/** It writes ever more seldom, so that its disk is not full before its story ends. */
export function wantsToWrite(domain: Domain, now: number): boolean {
  if (domain.disks.some(({ open, device }) => open && goingOf(device) !== 'goes')) return false;
  return isLive(domain) && now - domain.guest.wroteAt >= Math.max(1, domain.guest.records / 8);
}

/** One record on each disk that it may write, after the last one that is there: which must be its own. */
export function guestWrites(domain: Domain, ledger: Ledger, now: number): void {
  const last = new Map(domain.guest.last);
  let { records } = domain.guest;
  for (const { as, device } of domain.disks.filter(({ readOnly, open }) => open && !readOnly)) {
    const found = lastRecord(device);
    const own = last.get(as);
    if (own !== undefined && found?.written !== own)
      ledger.estranged.push(`${domain.name} wrote ${own.by} last, and finds ${found?.written.by ?? 'nothing'}`);
    const at = nextRecord(device, found);
    if (at === undefined) continue;
    const record: Written = { by: `guest ${domain.name} #${++records} on ${as}`, precious: true };
    device.write(at, at + recordBytes, record);
    flush(device);
    ledger.promise(record, recordBytes, now);
    last.set(as, record);
  }
  domain.guest = { wroteAt: now, records, last };
}

function lastRecord(device: Device): Stretch | undefined {
  return device
    .read(0, device.bytes)
    .filter(({ written }) => written.by.startsWith('guest '))
    .at(-1);
}

/** Its first free place; a full disk takes nothing more. */
function nextRecord(device: Device, last: Stretch | undefined): number | undefined {
  const taken = device.read(0, device.bytes);
  const at = last === undefined ? 0 : Math.floor(last.start / recordEvery + 1) * recordEvery;
  const free = at + recordBytes <= device.bytes && taken.every((one) => one.end <= at || one.start >= at + recordBytes);
  return free ? at : undefined;
}

/** The values of an xl.cfg(5) as sanctl writes them: strings, numbers, lists of strings. Anything else throws. */
export function parseDomainFile(text: string): ReadonlyMap<string, string | readonly string[]> {
  const lines = text
    .replace(/^\s*#.*$/gm, '')
    .replace(/\[\s*([^\]]*?)\s*\]/g, (_all, list: string) => `[${list.replace(/\s*\n\s*/g, ' ')}]`);
  const entries = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return new Map(entries.map(entry));
}

function entry(line: string): readonly [string, string | readonly string[]] {
  const [, name = '', value = ''] = /^([a-z_]+)\s*=\s*(.*)$/.exec(line) ?? [];
  if (name === '') throw new Error(`config parsing error near: ${line}`);
  if (!value.startsWith('[')) return [name, value.replace(/^(["'])(.*)\1$/, '$2')];
  return [name, [...value.matchAll(/"([^"]*)"|'([^']*)'/g)].map((one) => one[1] ?? one[2] ?? '')];
}
