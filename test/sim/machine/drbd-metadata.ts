/** DRBD 8.4's metadata block: where it lies on a slice and what stands in it. */
import type { Device, Written } from './content.ts';
import { Ranges } from './ranges.ts';

export const justCreated = '0000000000000004';
export const none = '0000000000000000';
const superblockBytes = 4096;
/** `wipefs -n` finds the magic there: 0x3fff03c on 64 MiB (seen on drbd-utils 9.22 with the 8.4 module). */
const magicAt = 0x3c;

export interface Metadata {
  current: string;
  bitmap: string;
  history: string[];
  consistent: boolean;
  upToDate: boolean;
  outdated: boolean;
  primary: boolean;
  connected: boolean;
  peerOutdated: boolean;
  crashedPrimary: boolean;
  readonly outOfSync: Ranges;
  /** Usable bytes agreed last; 0 before the first attach. */
  agreedBytes: number;
  readonly deviceUuid: string;
}

const blocks = new WeakMap<Written, Metadata>();

/** Bytes of metadata at the end of a slice with one peer (drbdmeta.c, as src/kinds/drbd/size.ts says it). */
export function metadataBytes(sliceBytes: number): number {
  return (Math.ceil(sliceBytes / 512 / 2 ** 18) * 8 + 72) * 512;
}

export function usableBytes(lower: Device): number {
  return lower.bytes - metadataBytes(lower.bytes);
}

/** The metadata at the end of this slice: after the slice grew it is no longer at the end, and not found. */
export function metadataOf(lower: Device): Metadata | undefined {
  const [last, ...more] = lower.read(lower.bytes - superblockBytes, lower.bytes);
  if (last === undefined || more.length > 0 || last.from !== 0) return undefined;
  return last.end - last.start === superblockBytes ? blocks.get(last.written) : undefined;
}

/** Writes the metadata area at the end of the slice. */
export function putMetadata(lower: Device, metadata: Metadata): void {
  const written: Written = {
    by: 'drbd metadata',
    precious: false,
    signature: { type: 'drbd', uuid: metadata.deviceUuid, at: magicAt },
  };
  blocks.set(written, metadata);
  lower.write(usableBytes(lower), lower.bytes - superblockBytes, undefined);
  lower.write(lower.bytes - superblockBytes, lower.bytes, written);
}

export function freshMetadata(deviceUuid: string): Metadata {
  return {
    current: justCreated,
    bitmap: none,
    history: [none, none],
    consistent: false,
    upToDate: false,
    outdated: false,
    primary: false,
    connected: false,
    peerOutdated: false,
    crashedPrimary: false,
    outOfSync: new Ranges(),
    agreedBytes: 0,
    deviceUuid,
  };
}
