/** What stands on the arrays of a node, and the units that mount it; by the name of the array. */
import type { Reading } from '../reading.ts';
import type { Unit } from '../unit.ts';
import type { Device } from '../volume-group/facts.ts';

export interface FilesystemFacts {
  readonly devices: Readonly<Record<string, Reading<Device | 'absent'>>>;
  readonly units: Readonly<Record<string, Reading<Unit>>>;
}
