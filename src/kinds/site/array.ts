/** Arrays of md. */
import type { NodeName } from '../../step.ts';
import type { OnExport, OnImage, OnVolume } from './backing.ts';

export interface RaidArray {
  readonly name: string;
  /** The only one that assembles it (R5). */
  readonly node: NodeName;
  readonly level: 0 | 1 | 5 | 6 | 10;
  /** None for level 1. */
  readonly chunkBytes?: number;
  /** Never for level 0. */
  readonly bitmap: 'internal' | 'none';
  /** Bytes per second, at most. */
  readonly rebuildRate: number;
  /** In the order of the inventory. */
  readonly members: readonly (OnExport | OnVolume | OnImage)[];
  readonly filesystem?: { readonly type: 'ext4'; readonly mount: string };
}
