/** What a block device is asked for by: one of the things of the inventory that make one. */
export type Backing = OnVolume | OnImage | OnExport | OnArray;

export interface OnVolume {
  readonly volume: string;
}
export interface OnImage {
  readonly image: string;
}
/** On a node that imports it. */
export interface OnExport {
  readonly export: string;
}
export interface OnArray {
  readonly array: string;
}
