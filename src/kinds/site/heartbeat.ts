/** The classic heartbeat of two nodes (docs/heartbeat.md). */
import type { NodeName } from '../../step.ts';

export interface Heartbeat {
  readonly nodes: readonly NodeName[];
  /** The VMs that it runs, and nobody else. */
  readonly vms: readonly string[];
  /** Network devices: of `address`, and of `ring1` where there is one. */
  readonly interfaces: readonly string[];
  readonly detectionSeconds: number;
  readonly shutdownSeconds: number;
  /** Whether a VM goes home by itself, by a stop and a start. */
  readonly failback: boolean;
  /** Name of the secret by which the two know each other. */
  readonly secret: string;
  readonly mail: readonly string[];
}
