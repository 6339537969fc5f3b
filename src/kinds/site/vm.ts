/** What a VM boots from, its disks and its network. */
import type { OnArray, OnExport, OnVolume } from './backing.ts';

export type Boot =
  | { readonly kernel: string; readonly ramdisk?: string; readonly cmdline?: string }
  | { readonly bootloader: 'pygrub' }
  | { readonly firmware: 'bios' | 'uefi'; readonly order: string };

export type VmDisk = (OnVolume | OnExport | OnArray) & AsDisk;

interface AsDisk {
  /** The guest's device: `xvda`. */
  readonly as: string;
  readonly readOnly: boolean;
}

export interface VmNic {
  readonly bridge: string;
  readonly mac: string;
}
