/** What systemd knows of the units that the inventory needs in a certain state. */
import type { Reading } from '../reading.ts';

export interface ServiceFacts {
  /** By unit name. */
  readonly units: Readonly<Record<string, Reading<UnitState>>>;
}

/** systemctl(1): `LoadState`, `ActiveState`, and what `is-enabled` prints; `not-found` when there is no such unit. */
export interface UnitState {
  readonly load: string;
  readonly active: string;
  readonly enabled: string;
}
