/** Domains of a machine, and the guests in them: each appends records to its disks, which must never be lost. */
import type { Device, Written } from './content.ts';
import type { Half } from './drbd.ts';
import type { Ledger } from './ledger.ts';

export interface Domain {
  readonly name: string;
  readonly id: number;
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
  readonly disks: readonly DomainDisk[];
  readonly nics: readonly { readonly bridge: string; readonly mac: string }[];
  /** Not: its creation broke off. It stays paused, and `xl list -l` leaves it out (seen). */
  built: boolean;
  /** When its guest wrote last, seconds. */
  wroteAt: number;
  records: number;
}

export interface DomainDisk {
  readonly target: string;
  readonly as: string;
  readonly readOnly: boolean;
  readonly device: Device | Half;
}

const recordBytes = 65536;
const recordEvery = 2 ** 20;

/** One record on each disk that it may write, after the last one that is there. */
export function guestWrites(domain: Domain, ledger: Ledger): void {
  for (const disk of domain.disks.filter(({ readOnly }) => !readOnly)) {
    const at = nextRecord(disk.device);
    if (at === undefined) continue;
    const record: Written = { by: `guest ${domain.name} #${++domain.records} on ${disk.as}`, precious: true };
    disk.device.write(at, at + recordBytes, record);
    ledger.promise(record, recordBytes);
  }
}

/** Its first free place; a full disk takes nothing more. */
function nextRecord(device: Device): number | undefined {
  const taken = device.read(0, device.bytes);
  const last = taken.filter(({ written }) => written.by.startsWith('guest ')).at(-1);
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
