/** The logical volumes of a node. Sizes in bytes. */
import type { Reading } from '../reading.ts';

export interface VolumeFacts {
  readonly volumes: Reading<readonly LogicalVolume[]>;
}

/** A volume of lvs(8) `-a`, hidden ones included. */
export interface LogicalVolume {
  readonly name: string;
  readonly uuid: string;
  readonly group: string;
  readonly groupUuid: string;
  readonly bytes: number;
  /** `/dev/vg0/web-root`; empty for hidden ones and pools. */
  readonly path: string;
  readonly tags: readonly string[];
  /** lvm(8) segment types, one for each segment: `linear`, `striped`, `thin`, `thin-pool`, `snapshot`. */
  readonly segmentTypes: readonly string[];
  /** Of the first segment; 0 for thin ones. */
  readonly stripes: number;
  readonly pool: string;
  /** What it is a snapshot of. */
  readonly origin: string;
  readonly active: boolean;
  /** Somebody has it open: a domain, a DRBD device, a mount. True too when LVM cannot tell. */
  readonly open: boolean;
  /** Empty: healthy. */
  readonly health: string;
  /** Of a thin pool: new blocks read as zero. */
  readonly zeroes: boolean;
  /** Of a thin pool: dmeventd watches it. True for what needs no watching. */
  readonly monitored: boolean;
  readonly hidden: boolean;
}
