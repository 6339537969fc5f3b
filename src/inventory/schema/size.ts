/** Sizes as people write them; src/quantity.ts reads them, and the formats below hold them to what they are used for. */
import { parseSize, sizePattern } from '../../quantity.ts';

const kibibyte = 2 ** 10;
const mebibyte = 2 ** 20;
const tebibyte = 2 ** 40;

const text = {
  type: 'string',
  pattern: sizePattern,
  patternErrorMessage: 'a size such as 512MiB or 1.5GiB (KiB, MiB, GiB, TiB)',
} as const;

export const diskSize = { ...text, format: 'disk-size' } as const;
export const memorySize = { ...text, format: 'memory-size' } as const;
export const rate = {
  ...text,
  format: 'rate',
  patternErrorMessage: 'a size for each second such as 30MiB (KiB, MiB, GiB)',
} as const;

/** Of an md array. */
export const chunkSize = { ...text, format: 'chunk-size' } as const;

interface Format {
  readonly holds: (text: string) => boolean;
  /** What the text must be, for the message. */
  readonly what: string;
}

/** What no pattern can say. The names stand as `format` in the schema. */
export const sizeFormats: Readonly<Record<string, Format>> = {
  'disk-size': {
    holds: (text) => isBetween(text, 1 * mebibyte, 4096 * tebibyte, 4 * kibibyte),
    what: 'a whole number of 4 KiB blocks, from 1MiB to 4096TiB',
  },
  /** xl takes memory in MiB. */
  'memory-size': {
    holds: (text) => isBetween(text, 16 * mebibyte, 16 * tebibyte, mebibyte),
    what: 'a whole number of MiB, from 16MiB to 16TiB',
  },
  /** DRBD takes `c-max-rate` in KiB for each second, 4194304 at most (`drbdsetup xml-help disk-options`); 0 would stop the resync. */
  rate: {
    holds: (text) => isBetween(text, kibibyte, 4096 * mebibyte, kibibyte),
    what: 'a whole number of KiB, from 1KiB to 4GiB for each second',
  },
  /** mdadm(8), `--chunk`: a multiple of 4 KiB, which for levels 4, 5, 6 and 10 must be a power of two. */
  'chunk-size': {
    holds: (text) => isBetween(text, 4 * kibibyte, 1024 * mebibyte, 4 * kibibyte) && isPowerOfTwo(text),
    what: 'a power of two, from 4KiB to 1GiB',
  },
};

function isBetween(text: string, least: number, most: number, multiple: number): boolean {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= least && bytes <= most && bytes % multiple === 0;
}

function isPowerOfTwo(text: string): boolean {
  return Number.isInteger(Math.log2(parseSize(text) ?? 0));
}
