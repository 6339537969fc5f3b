/** What a node knows of snapshots by schedule. The snapshots themselves are logical volumes, and what they are stands in their tags. */
import type { Reading } from '../reading.ts';
import type { Unit } from '../unit.ts';

export interface SnapshotFacts {
  /** Timers of those policies of the inventory that may have something to do here. */
  readonly units: Readonly<Record<string, Reading<Unit>>>;
  /** Policies whose timer has a file here, in the inventory or not. */
  readonly policies: Reading<readonly string[]>;
  /** What became of the last time, by policy and VM: `nightly.web`. */
  readonly runs: Reading<Readonly<Record<string, LastRun>>>;
}

/** As `templates/snapshot/snapshot` notes it. */
export interface LastRun {
  /** Seconds since 1970, by the node's clock. */
  readonly at: number;
  /** `elsewhere`: the VM did not run here. */
  readonly outcome: 'made' | 'elsewhere' | 'failed';
  /** The set, or why not. */
  readonly what: string;
}
