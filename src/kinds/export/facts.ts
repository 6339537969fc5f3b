/** What a node knows of the exports that it serves. */
import type { Reading } from '../reading.ts';

export interface ExportFacts {
  /** By name of the export: units of ours that systemd knows, whether or not the inventory names them. */
  readonly units: Units;
  readonly started: Started;
  readonly records: Records;
  /** TCP ports on which somebody listens. */
  readonly ports: Reading<readonly number[]>;
}

export type Units = Reading<Readonly<Record<string, Unit>>>;
/** By name of the export: what it served last. */
export type Records = Reading<Readonly<Record<string, ServedLast>>>;
/** By path of a file: the sha256 that it had when what reads it was started. */
export type Started = Reading<Readonly<Record<string, string>>>;

/** systemctl(1) `show`. */
export interface Unit {
  /** `not-found`, `loaded`, `masked`. */
  readonly load: string;
  readonly active: string;
  /** `enabled`, `disabled`; empty when there is no such unit. */
  readonly enabled: string;
  /** What it says of itself. */
  readonly status: string;
  /** Its file is newer than what systemd knows of it. */
  readonly reload: boolean;
}

export interface ServedLast {
  /** `volume`, `image`, `array`. */
  readonly sort: string;
  /** The LVM uuid of a slice, the inode of an image, the uuid of an array. */
  readonly id: string;
  /** Of an image or array. */
  readonly path: string | undefined;
}
