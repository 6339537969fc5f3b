/**
 * Which devices LVM must never look into (L1): a guest's physical volumes on DRBD or NBD devices are not the host's.
 *
 * `global_filter` is asked for each of a device's names (`/dev/drbd0`, `/dev/block/147:0`, `/dev/disk/by-diskseq/7`):
 * one name that meets an accepting pattern first lets the device in, whatever the others say. So a list that ends with
 * `a|.*|` rejects nothing that has an alias (tried, lvm2 2.03.16), and ours has rejecting patterns only.
 */
import type { LvmSettings } from './facts.ts';

/** Patterns for names whose devices belong to guests or to other nodes. */
export const rejected = ['^/dev/drbd', '^/dev/nbd', '^/dev/gnbd'] as const;

/** Multipath's maps of disks of LIO, by the name that udev gives them; LVM itself leaves their paths alone. */
export const importedByIscsi = '^/dev/disk/by-id/dm-uuid-mpath-36001405';

/** Of images: their own links are none of udev's, and LVM does not know them. */
export const loopDevices = '^/dev/loop';

/** Of a bare array, by the name that udev gives it: the volume group of a guest may be on it. */
export function arrayPattern(name: string): string {
  return `^/dev/md/${name.replaceAll('.', '[.]')}$`;
}

/** As LVM is shipped: everything is let in. */
export function isDefault({ globalFilter }: LvmSettings): boolean {
  return globalFilter.every((one) => one === 'a|.*|' || one === 'a/.*/');
}

/** Names as they occur for a device of each family, with the aliases that udev makes. */
const families = [
  ['/dev/drbd0', '/dev/drbd/by-res/web/0', '/dev/drbd/by-disk/vg0/web', '/dev/block/147:0', '/dev/disk/by-diskseq/20'],
  ['/dev/nbd0', '/dev/block/43:0', '/dev/disk/by-diskseq/21'],
];

/** Whether a filter that somebody else wrote keeps LVM away from all of them. A pattern that cannot be read does not. */
export function rejectsAll(filter: readonly string[]): boolean {
  const patterns = filter.map(parsePattern);
  return families.every((names) => {
    const verdicts = names.map((name) => verdict(patterns, name));
    return verdicts.includes('r') && !verdicts.includes('a') && !verdicts.includes('unreadable');
  });
}

type Pattern = { readonly way: 'a' | 'r'; readonly regex: RegExp } | undefined;

function verdict(patterns: readonly Pattern[], name: string): 'a' | 'r' | 'none' | 'unreadable' {
  for (const pattern of patterns) {
    if (pattern === undefined) return 'unreadable';
    if (pattern.regex.test(name)) return pattern.way;
  }
  return 'none';
}

/** `r|^/dev/drbd|`: any character may stand for the bars. */
function parsePattern(text: string): Pattern {
  const match = /^([ar])(\W)(.*)\2$/.exec(text);
  if (match === null) return undefined;
  try {
    return { way: match[1] === 'a' ? 'a' : 'r', regex: new RegExp(match[3] ?? '') };
  } catch {
    return undefined;
  }
}

/** What an lvmlocal.conf lacks, each a clause: LVM itself takes any, and the template may be the user's own (L1). */
export function faultsOf(text: string): readonly string[] {
  const [filter = '', ...more] = valuesOf('global_filter', text);
  const patterns = [...filter.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, one = '']) => one.replace(/\\(.)/g, '$1'));
  const keepsAway = more.length === 0 && rejectsAll(patterns);
  return [
    ...(keepsAway ? [] : ['its `global_filter` does not reject DRBD and NBD devices under all their names']),
    ...['scan_lvs', 'allow_changes_with_duplicate_pvs']
      .filter((name) => valuesOf(name, text).join() !== '0')
      .map((name) => `it does not say \`${name} = 0\``),
  ];
}

/** Of each place that sets it: lvm.conf(5), in sections or as `devices/NAME`. */
function valuesOf(name: string, text: string): readonly string[] {
  const said = text.replace(/("(?:[^"\\]|\\.)*")|#[^\n]*/g, '$1');
  const value = '(\\[(?:[\\s,]|"(?:[^"\\\\]|\\\\.)*")*\\]|\\S+)';
  return [...said.matchAll(new RegExp(`\\b${name}\\s*=\\s*${value}`, 'g'))].map(([, found = '']) => found);
}
