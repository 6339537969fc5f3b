/** All chance of a simulated run comes from one seed: the same seed is the same run. */

export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** Upper-case hexadecimal digits. */
  hex(digits: number): string;
  /** A stream of its own, so that more questions to one part do not change the answers to another. */
  fork(name: string): Random;
}

/** mulberry32: small, and good enough to choose faults. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (choices) => choices[whole(0, choices.length - 1)] ?? choices[0],
    hex: (digits) => Array.from({ length: digits }, () => '0123456789ABCDEF'[whole(0, 15)]).join(''),
    fork: (name) => random(hash(`${seed} ${name}`)),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const letter of text) sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return sum >>> 0;
}

/** As LVM writes them: `m9audB-QdgC-shpD-gE0K-arX0-yJrD-24xlgF`. */
export function lvmUuid(chance: Random): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const word = (length: number): string =>
    Array.from({ length }, () => letters[chance.whole(0, letters.length - 1)]).join('');
  return [6, 4, 4, 4, 4, 4, 6].map(word).join('-');
}

/** RFC 4122, version 4. */
export function uuid(chance: Random): string {
  const hex = chance.hex(30).toLowerCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}
