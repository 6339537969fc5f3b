/**
 * Everything that sanctl ever says to a node is one of these. `render.ts` makes shell text of it for a real node; the
 * simulated nodes of the tests read it as data. Both answer in the same protocol (docs/architecture.md).
 */
import type { NodeName, Step } from '../step.ts';
import type { Probe, SecretRef } from './command.ts';

export type Script =
  | Observe
  | Claim
  | Batch
  | Follow
  | Feed
  | Read
  | Keep
  | Sums
  | Renew
  | Release
  | Stop
  | ReadJournal;

/** All questions of a node in one round trip. Writes nothing on the node, not even a temporary file. */
export interface Observe {
  readonly do: 'observe';
  readonly probes: readonly Probe[];
  /** Random, so that no answer can pretend to be a boundary line. */
  readonly boundary: string;
}

/** Who wants the node, for how long, and for what. */
export interface Holder {
  readonly operation: string;
  readonly nonce: string;
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  /** Seconds of the node's own uptime that a lease lasts: no two clocks are ever compared (T6). */
  readonly leaseSeconds: number;
  /** What runs: `apply inventory.yaml`. */
  readonly title: string;
}

/** Takes the node's lock (C7) and, in the same round trip and under it, observes again (C4). */
export interface Claim {
  readonly do: 'claim';
  readonly holder: Holder;
  readonly observe: Observe;
}

/** Steps of one node in one go: run there detached from the line (C6), one after another, and follow the events. */
export interface Batch {
  readonly do: 'batch';
  readonly operation: string;
  readonly nonce: string;
  /** Counts from 1 within the operation and node. */
  readonly batch: number;
  readonly node: NodeName;
  readonly steps: readonly Step[];
  /** Secrets that its files and commands name; they travel by stdin only. */
  readonly secrets: readonly SecretRef[];
}

/** Events of a batch again from the first one: after a lost line, or to learn what a dead sanctl left running. */
export interface Follow {
  readonly do: 'follow';
  readonly operation: string;
  readonly batch: number;
}

/** Takes an image from its stdin (feed.ts) for the fill that waits for it in that step of a batch. */
export interface Feed {
  readonly do: 'feed';
  readonly operation: string;
  readonly batch: number;
  /** Counts from 1 within the batch. */
  readonly step: number;
}

/** Reads a set of snapshots (read.ts): its stdout is bytes. Writes nothing on the node. */
export interface Read {
  readonly do: 'read';
  readonly disks: readonly ReadDisk[];
}

export interface ReadDisk {
  readonly device: string;
  readonly uuid: string;
  /** A selection of lvm(8) that finds this uuid as long as it is the snapshot that is meant. */
  readonly select: string;
  /** So many, from its beginning: behind the end of a mirror's data stands DRBD's own. */
  readonly bytes: number;
  /** The first part that is wanted. */
  readonly from: number;
}

/** Takes a backup (keep.ts) from its stdin into a folder of the node, or goes on with one. */
export interface Keep {
  readonly do: 'keep';
  /** Absolute, and there. */
  readonly folder: string;
  /** `web.at.monday`. */
  readonly name: string;
  /** What it is of, in one line of JSON: one that says otherwise is another one. */
  readonly begun: string;
  /** The sha256 of its manifest, where it was sent before and the answer never came: then it may be whole already. */
  readonly manifest?: string;
  readonly disks: readonly { readonly volume: string; readonly bytes: number }[];
}

/** Says the checksums of a backup that the node keeps (sums.ts). Writes nothing on the node. */
export interface Sums {
  readonly do: 'sums';
  /** Absolute. */
  readonly path: string;
  /** None: its manifest alone. */
  readonly disks: readonly { readonly volume: string; readonly bytes: number }[];
}

export interface Renew {
  readonly do: 'renew';
  readonly nonce: string;
  readonly leaseSeconds: number;
}

export interface Release {
  readonly do: 'release';
  readonly nonce: string;
}

/** The running step of this operation ends, the next does not begin. */
export interface Stop {
  readonly do: 'stop';
  readonly operation: string;
}

/** What ran on this node, newest first. */
export interface ReadJournal {
  readonly do: 'journal';
  /** One operation whole, or the headers of the newest ones. */
  readonly operation?: string;
  readonly limit: number;
}
