/** What a valid inventory asks for, in one line. Pure. */
import type { Site } from '../kinds/site.ts';
import { printable } from './printable.ts';
import { count, list } from './wrap.ts';

export function checkedJson(site: Site): object {
  return { version: 1, type: 'checked', site: site.name, ...counts(site) };
}

/** `home is valid: 2 nodes, 1 volume group, 3 volumes and 1 VM.` Of what not everybody has, nothing is said where there is none. */
export function checkedText(site: Site): string {
  const { nodes, volumeGroups, volumes, images, exports, arrays, vms } = counts(site);
  const served = [
    ...(images === 0 ? [] : [count(images, 'image')]),
    ...(exports === 0 ? [] : [count(exports, 'export')]),
    ...(arrays === 0 ? [] : [count(arrays, 'array')]),
  ];
  const first = [count(nodes, 'node'), count(volumeGroups, 'volume group'), count(volumes, 'volume')];
  const parts = [...first, ...served, count(vms, 'VM')];
  return `${printable(site.name)} is valid: ${list(parts)}.\n`;
}

function counts({ nodes, volumeGroups, volumes, images, exports, arrays, vms }: Site) {
  const size = (all: object): number => Object.keys(all).length;
  return {
    nodes: size(nodes),
    volumeGroups: size(volumeGroups),
    volumes: size(volumes),
    images: size(images),
    exports: size(exports),
    arrays: size(arrays),
    vms: size(vms),
  };
}
