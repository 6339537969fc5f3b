/**
 * What a backup is: a folder with a sparse raw file for each disk of a set of snapshots, and this beside them, in
 * `manifest.json`. Anybody can use the files without sanctl. Read strictly: it may have come from anywhere. Pure.
 */
import { every, isRecord, json, known, type Reading, unknown } from '../kinds/reading.ts';
import { partBytes } from '../shell/fill.ts';

/** A backup as it is begun: what it is of, and nothing of what is in it. */
export interface Origin {
  readonly version: 1;
  readonly type: 'backup';
  readonly site: string;
  readonly vm: string;
  readonly set: string;
  readonly node: string;
  readonly partBytes: number;
  readonly disks: readonly DiskOrigin[];
}

export interface DiskOrigin {
  readonly volume: string;
  readonly group: string;
  /** Of the snapshot: a snapshot that was made anew under its name is another one. */
  readonly uuid: string;
  readonly bytes: number;
}

export interface Manifest extends Origin {
  readonly disks: readonly BackupDisk[];
  /** When it was whole, by the clock of the machine that made it. */
  readonly made: string;
}

export interface BackupDisk extends DiskOrigin {
  /** Of the whole disk: what `image:` wants to have. */
  readonly sha256: string;
  /** One for each part, in order: its sha256, or `zeros`. */
  readonly parts: readonly string[];
}

export const manifestName = 'manifest.json';

/** The file of a disk: the name alone, never a path. */
export function fileOf({ volume }: Pick<DiskOrigin, 'volume'>): string {
  return `${volume}.raw`;
}

export function partsOf(bytes: number): number {
  return Math.ceil(bytes / partBytes);
}

/** Bytes of that part: the last one is shorter. */
export function lengthOf(at: number, bytes: number): number {
  return Math.min(partBytes, bytes - at * partBytes);
}

export function parseManifest(text: string): Reading<Manifest> {
  const data = json(text);
  const origin = originIn(data);
  if (!isRecord(data) || origin === undefined) return unknown('it is no manifest of a backup of version 1');
  if (typeof data['made'] !== 'string') return unknown('it does not say when the backup was made');
  const disks = Array.isArray(data['disks']) ? every(data['disks'], diskIn) : undefined;
  if (disks === undefined) return unknown('what it says of a disk cannot be read');
  return known({ ...origin, made: data['made'], disks });
}

/** Undefined: it is none, or of parts of another size. */
export function parseOrigin(text: string): Origin | undefined {
  return originIn(json(text));
}

const name = /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$/;
const sha256 = /^[0-9a-f]{64}$/;

function originIn(data: unknown): Origin | undefined {
  if (!isRecord(data) || data['version'] !== 1 || data['type'] !== 'backup') return undefined;
  const [site, vm, set, node] = ['site', 'vm', 'set', 'node'].map((key) => plainIn(data[key]));
  const disks = Array.isArray(data['disks']) ? every(data['disks'], diskOriginIn) : undefined;
  if (site === undefined || vm === undefined || set === undefined || node === undefined) return undefined;
  if (disks === undefined || disks.length === 0 || data['partBytes'] !== partBytes) return undefined;
  if (new Set(disks.map(({ volume }) => volume)).size < disks.length) return undefined;
  return { version: 1, type: 'backup', site, vm, set, node, partBytes, disks };
}

function diskOriginIn(data: unknown): DiskOrigin | undefined {
  if (!isRecord(data)) return undefined;
  const [volume, group, uuid] = ['volume', 'group', 'uuid'].map((key) => plainIn(data[key]));
  const { bytes } = data;
  if (volume === undefined || group === undefined || uuid === undefined) return undefined;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes <= 0) return undefined;
  return { volume, group, uuid, bytes };
}

function diskIn(data: unknown): BackupDisk | undefined {
  const origin = diskOriginIn(data);
  if (origin === undefined || !isRecord(data)) return undefined;
  if (!isSum(data['sha256']) || !Array.isArray(data['parts'])) return undefined;
  const parts = every(data['parts'], (part: unknown) => (part === 'zeros' || isSum(part) ? part : undefined));
  return parts?.length === partsOf(origin.bytes) ? { ...origin, sha256: data['sha256'], parts } : undefined;
}

/** All names of an inventory are of these characters; no path and no control character is. */
function plainIn(value: unknown): string | undefined {
  return typeof value === 'string' && name.test(value) && value !== '.' && value !== '..' ? value : undefined;
}

function isSum(value: unknown): value is string {
  return typeof value === 'string' && sha256.test(value);
}
