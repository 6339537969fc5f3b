/** One number, for how long a node may be silent, and every time-out that follows from it. Seconds unless the name says otherwise. Pure. */
import type { Cluster } from '../site/cluster.ts';

/** A node of today, on a switch of today; an emulated one takes a multiple, and everything else takes the same multiple. */
export const usualDetection = 4;

export interface Timing {
  /** corosync.conf(5): `token` and `consensus` together are the silence after which a node is out: they add up to `detection`. */
  readonly tokenMilliseconds: number;
  readonly consensusMilliseconds: number;
  /** How much later than the other one of two nodes shoots, so that they never shoot each other at once. */
  readonly fenceDelay: number;
  readonly fenceTimeout: number;
  /** For how long a node that boots alone looks for the others before it takes over (Pacemaker: 20 s). */
  readonly dcDeadtime: number;
  /**
   * For how long DRBD's handler lets a Primary stand still that has lost its peer (crm-fence-peer.sh: 90 s, 20 s for the others to
   * answer). It then goes on: before the cluster has shot either, what it acknowledges is lost with it.
   */
  readonly handler: { readonly fenced: number; readonly answered: number };
  /** Of a mirror: what the agent advises (ocf:linbit:drbd, drbd-utils 9.22). */
  readonly mirror: {
    readonly start: number;
    readonly promote: number;
    readonly demote: number;
    readonly notify: number;
    readonly stop: number;
    readonly monitor: number;
  };
  /** Of a VM (ocf:heartbeat:Xen, resource-agents 4.12). `stop` is longer than its guest may take (P7). */
  /** Of a service: `check` is a start that looks through its file system before. */
  readonly service: { readonly check: number; readonly start: number; readonly stop: number; readonly monitor: number };
  readonly vm: { readonly start: number; readonly shutdown: number; readonly stop: number; readonly monitor: number };
}

export function timingOf({
  detectionSeconds,
  shutdownSeconds,
}: Pick<Cluster, 'detectionSeconds' | 'shutdownSeconds'>): Timing {
  const scale = Math.max(1, detectionSeconds / usualDetection);
  const scaled = (seconds: number): number => Math.ceil(seconds * scale);
  const tokenMilliseconds = Math.floor((detectionSeconds * 1000) / 2.2);
  return {
    tokenMilliseconds,
    consensusMilliseconds: detectionSeconds * 1000 - tokenMilliseconds,
    fenceDelay: Math.max(5, detectionSeconds),
    fenceTimeout: scaled(60),
    dcDeadtime: scaled(20),
    handler: { fenced: scaled(90), answered: scaled(20) },
    mirror: {
      start: scaled(240),
      promote: scaled(90),
      demote: scaled(90),
      notify: scaled(90),
      stop: scaled(100),
      monitor: scaled(20),
    },
    service: { check: scaled(600), start: scaled(60), stop: scaled(120), monitor: scaled(40) },
    vm: { start: scaled(60), shutdown: shutdownSeconds, stop: shutdownSeconds + scaled(60), monitor: scaled(30) },
  };
}
