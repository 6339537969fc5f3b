/** Sizes and times as people write them. Bytes are safe integers: 8 PiB and more are refused, not rounded. */

const units: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** The pattern of a size for the JSON Schema. Decimal units are refused: `1GB` means two things to two people. */
export const sizePattern = '^[0-9]+(\\.[0-9]+)?(KiB|MiB|GiB|TiB)$';

/**
 * Bytes of a size such as `512MiB` or `1.5GiB`; undefined when it is not a size, is not whole bytes, is zero, or is
 * too large to be exact.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB|PiB)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** The largest unit in which the number is exact to two decimals: 1610612736 is `1.5 GiB`. */
export function formatSize(bytes: number): string {
  const order = ['PiB', 'TiB', 'GiB', 'MiB', 'KiB'] as const;
  for (const unit of order) {
    const size = units[unit] ?? 1;
    if (bytes >= size) return `${trimZeros((bytes / size).toFixed(2))} ${unit}`;
  }
  return `${bytes} B`;
}

/** As an inventory has it, exactly, in the largest unit that leaves a whole number: `1536MiB`. For whole KiB. */
export function sizeText(bytes: number): string {
  const unit = ['TiB', 'GiB', 'MiB'].find((name) => bytes % (units[name] ?? 1) === 0) ?? 'KiB';
  return `${bytes / (units[unit] ?? 1)}${unit}`;
}

/** `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joinUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  return joinUnits(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min');
}

/** The pattern of a time for the JSON Schema. */
export const durationPattern = '[1-9][0-9]{0,4}(s|min)';

/** Seconds of a time such as `30s` or `2min`; undefined when it is none. */
export function parseSeconds(text: string): number | undefined {
  const match = new RegExp(`^${durationPattern}$`).exec(text);
  return match === null ? undefined : Number.parseInt(text, 10) * (match[1] === 'min' ? 60 : 1);
}

function joinUnits(large: number, largeName: string, small: number, smallName: string): string {
  return small === 0 ? `${large} ${largeName}` : `${large} ${largeName} ${small} ${smallName}`;
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '');
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
