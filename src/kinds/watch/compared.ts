/** Mirrors that a node begins to compare by a schedule. */
import type { NodeName } from '../../step.ts';
import { beginnerOf } from '../drbd/beginner.ts';
import { onNode } from '../on-node.ts';
import type { Site } from '../site.ts';

export function comparedOn(site: Site, node: NodeName): readonly string[] {
  return onNode(site, node)
    .replicated.filter((volume) => volume.state === 'present' && beginnerOf(volume, site) === node)
    .map(({ name }) => name);
}
