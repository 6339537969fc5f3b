/** Who a node is and what it runs on. */
import type { Reading } from '../reading.ts';

export interface HostFacts {
  /** `uname -n`. DRBD's `on NAME` must equal it (T4). */
  readonly nodeName: Reading<string>;
  /** `/etc/machine-id`: 32 hexadecimal digits. Two nodes with the same one are one machine or clones (T4). */
  readonly machineId: Reading<string>;
  /** `uname -r`. */
  readonly kernel: Reading<string>;
  readonly os: Reading<OsFacts>;
  readonly xen: Reading<XenFacts | 'absent'>;
  /** Changes with each boot. */
  readonly bootId: Reading<string>;
  readonly uptimeSeconds: Reading<number>;
  /** Seconds since 1970 by its own clock, when it was asked: for people only (T6). */
  readonly clockSeconds: Reading<number>;
  /** Of this system: under Xen, of dom0. */
  readonly memoryBytes: Reading<number>;
  /** Its public ed25519 host key, as base64 without type and comment. */
  readonly key: Reading<string>;
}

/** From os-release(5). */
export interface OsFacts {
  /** `debian`. */
  readonly id: string;
  /** `ID_LIKE`, split. */
  readonly like: readonly string[];
  readonly version: string;
}

/** From `xl info`: this system is dom0 of a running hypervisor. */
export interface XenFacts {
  readonly major: number;
  readonly minor: number;
  readonly totalMemoryBytes: number;
  /** Not given to any domain at that moment. */
  readonly freeMemoryBytes: number;
  /** How many processors the hypervisor has. */
  readonly processors: number;
  /** What it can do for guests, in its own words: `pv`, `hvm`, `shadow`. */
  readonly capabilities: readonly string[];
}
