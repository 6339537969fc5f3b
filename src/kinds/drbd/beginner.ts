/** Which node begins to compare a mirror. */
import type { NodeName } from '../../step.ts';
import type { Site, Volume } from '../site.ts';

/** The same for all mirrors of two nodes, so that one after the other is compared. */
export function beginnerOf({ replicas }: Volume, { nodes }: Site): NodeName {
  return Object.keys(nodes).find((node) => replicas.includes(node)) ?? '';
}
