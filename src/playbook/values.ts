/** What an input or an argument may be: texts as people write them, to what the verbs get. */
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import type { Site } from '../kinds/site.ts';
import type { ArgumentType, ArgumentTypes } from '../kinds/verb.ts';
import { parseSize } from '../quantity.ts';

export type Value = ArgumentTypes[ArgumentType];
export type Read = { readonly value: Value } | { readonly why: string; readonly help?: string | undefined };

interface Plain {
  readonly means: string;
  parse(text: string): string | number | undefined;
}

const longestSeconds = 86_400;

/** Types that need no inventory. */
const plain: Readonly<Partial<Record<ArgumentType, Plain>>> = {
  seconds: {
    means: `a whole number of seconds, from 1 to ${longestSeconds}`,
    parse: (text) => (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= longestSeconds ? Number(text) : undefined),
  },
  size: { means: 'a size such as 512MiB or 1.5GiB', parse: parseSize },
  // As every text of an inventory (safety.md 4.3); what a verb makes of it, the verb white-lists further.
  text: {
    means: 'a text of at most 256 characters, none of them invisible, not beginning with a hyphen',
    parse: (text) => (/^(?!-)[^\p{C}\u2028\u2029]{1,256}$/u.test(text) ? text : undefined),
  },
};

interface Named {
  readonly means: string;
  all(site: Site): Readonly<Record<string, Value>>;
}

/** Types whose values the inventory names. */
const named: Readonly<Partial<Record<ArgumentType, Named>>> = {
  vm: { means: 'a VM of the inventory', all: (site) => site.vms },
  node: { means: 'a node of the inventory', all: (site) => site.nodes },
  volume: { means: 'a volume of the inventory', all: (site) => site.volumes },
  array: { means: 'an array of the inventory', all: (site) => site.arrays },
};

export const argumentTypes: readonly ArgumentType[] = ['vm', 'node', 'volume', 'array', 'seconds', 'size', 'text'];

/** Which of them may be written as a number. */
export function isNumber(type: ArgumentType): boolean {
  return type === 'seconds';
}

/** Why this text cannot be of that type in any inventory. */
export function whyNever(type: ArgumentType, text: string): string | undefined {
  const rule = plain[type];
  return rule === undefined || rule.parse(text) !== undefined ? undefined : `must be ${rule.means}`;
}

export function readValue(type: ArgumentType, text: string, site: Site): Read {
  const all = named[type]?.all(site);
  const value = all === undefined ? plain[type]?.parse(text) : Object.hasOwn(all, text) ? all[text] : undefined;
  if (value !== undefined) return { value };
  const names = Object.keys(all ?? {});
  const known = names.length === 0 ? undefined : `There is ${names.join(', ')}.`;
  const help = didYouMean(suggestFrom(names)(text)) ?? known;
  return { why: `must be ${named[type]?.means ?? plain[type]?.means ?? type}`, help };
}
