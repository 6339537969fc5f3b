/** What a node knows of the exports that it serves. */
import type { Reading } from '../reading.ts';

export interface ExportFacts {
  /** By name of the export: units of ours that systemd knows, whether or not the inventory names them. */
  readonly units: Units;
  readonly started: Started;
  /** TCP ports on which somebody listens. */
  readonly ports: Reading<readonly number[]>;
}

export type Units = Reading<Readonly<Record<string, Unit>>>;
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
