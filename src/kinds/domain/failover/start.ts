/** One VM, and where it is to go on. */
import type { NodeName } from '../../../step.ts';
import type { Vm } from '../../site.ts';
import type { Disk } from '../devices.ts';

export interface Start {
  readonly vm: Vm;
  readonly to: NodeName;
  readonly disks: readonly Disk[];
}
