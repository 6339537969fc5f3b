/** Who sees to it that VMs run although a node dies: Pacemaker (docs/cluster.md). */
import type { NodeName } from '../../step.ts';

export interface Cluster {
  /** In the order of the inventory: a node's number in the cluster is its place here. */
  readonly nodes: readonly NodeName[];
  /** The VMs that it runs, and nobody else. */
  readonly vms: readonly string[];
  /** What it runs without a VM. */
  readonly services: readonly ClusterService[];
  /** After how much silence a node is out. Every other time-out follows from it. */
  readonly detectionSeconds: number;
  /** For how long a guest may shut down before it is ended. */
  readonly shutdownSeconds: number;
  /** How much it weighs that a VM stays where it runs; its home weighs 100. */
  readonly stickiness: number;
  /** Name of the secret by which members know each other (corosync's authkey). */
  readonly secret: string;
  readonly alerts: readonly Alert[];
}

/** A mounted mirror, an address, and units of systemd: where the mirror is Primary, and started in this order. */
export interface ClusterService {
  readonly name: string;
  readonly home: NodeName;
  readonly volume: string;
  readonly mount: string;
  readonly address?: { readonly ip: string; readonly prefix: number };
  readonly units: readonly string[];
}

/** A program on the nodes that Pacemaker runs when something happens. */
export interface Alert {
  readonly path: string;
  readonly recipient?: string;
}
