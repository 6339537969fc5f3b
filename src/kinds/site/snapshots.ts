/** Sets of snapshots of VMs, made when they are due by the node on which each runs (docs/snapshots.md). */
export interface SnapshotPolicy {
  readonly name: string;
  readonly vms: readonly string[];
  /** A calendar expression of systemd, of the few that `kinds/snapshot/calendar.ts` reads. */
  readonly schedule: string;
  /** Sets of each VM that stay on each node. */
  readonly keep: number;
}
