/** What a node knows of the cluster. */
import type { UnitFact } from '../instance.ts';
import type { Reading } from '../reading.ts';

export interface ClusterFacts {
  /** By unit: `corosync.service`, `pacemaker.service`. Empty for a node that belongs to no cluster. */
  readonly units: Reading<Readonly<Record<string, UnitFact>>>;
  /** What the wish would make of the cluster’s configuration; `stopped` where Pacemaker does not run. */
  readonly prospect: Reading<Prospect | 'stopped'>;
  /** What a Pacemaker runs there that the inventory does not know; of a member, the prospect says what is. */
  readonly foreign: Reading<Foreign | 'stopped'>;
}

/** Pacemaker’s own answers, about a copy of its configuration. */
export interface Prospect {
  /** Of the configuration that was read (P10). */
  readonly adminEpoch: number;
  readonly epoch: number;
  /** `create primitive vm-web`, in the words of crm_diff; empty: it is as wished. */
  readonly changes: readonly Change[];
  /** What crm_verify has against it, line by line; an error refuses it. */
  readonly verified: { readonly is: 'fine' | 'doubtful' | 'invalid'; readonly said: readonly string[] };
  /** What the cluster would do then, in the words of crm_simulate: `Start vm-web ( alpha )`. */
  readonly consequences: readonly string[];
}

export interface Change {
  readonly operation: 'create' | 'modify' | 'delete';
  /** `primitive vm-web`, or a part of one. */
  readonly what: string;
}

/** A Pacemaker that the inventory does not know. */
export interface Foreign {
  /** Types of agents: `Xen`, `drbd`. */
  readonly types: readonly string[];
  /** Values of the parameters by which they name what they run. */
  readonly named: readonly string[];
}
