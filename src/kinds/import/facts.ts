/** What a node knows of the exports that it imports. */
import type { Started, Units } from '../export/facts.ts';
import type { Reading } from '../reading.ts';

export interface ImportFacts {
  readonly units: Units;
  readonly started: Started;
  /** Devices that are connected by a holder of ours. */
  readonly devices: Reading<readonly ImportedDevice[]>;
}

export interface ImportedDevice {
  /** `nbd0`. */
  readonly device: string;
  /** What it is connected to (`NbdExport.wireName`), over how many connections. */
  readonly wireName: string;
  readonly connections: number;
  readonly bytes: number;
}
