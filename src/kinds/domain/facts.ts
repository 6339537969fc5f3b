/** What a node's hypervisor runs, by two lists that must agree (X10). */
import type { Reading } from '../reading.ts';

export interface DomainFacts {
  /** Every domain but dom0. Unknown when the long list has one that the short one lacks. */
  readonly domains: Reading<readonly Domain[]>;
}

export interface Domain {
  /** As Xen names it now: `web`, `web--incoming`, `web--migratedaway`. */
  readonly name: string;
  readonly id: number;
  readonly uuid: string;
  /** The letters of `xl list`: `r-----`, `-b----`, `--p---`, `---s--`; suspended, `---ss-`. */
  readonly state: string;
  /** What it was told to use and not to exceed; undefined where xl does not say. */
  readonly memoryBytes: number | undefined;
  readonly vcpus: number | undefined;
  /** `pv`, `pvh`, `hvm`. */
  readonly type: string | undefined;
  readonly kernel: string | undefined;
  /** Undefined when only the short list has it: it is being built or going, or its making broke off. What it holds is not known. */
  readonly disks: readonly DomainDisk[] | undefined;
  readonly nics: readonly DomainNic[];
}

export interface DomainDisk {
  readonly target: string;
  readonly as: string;
  readonly readOnly: boolean;
}

export interface DomainNic {
  readonly bridge: string;
  readonly mac: string;
}
