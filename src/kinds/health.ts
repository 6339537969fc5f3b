/** What a kind answers when it is asked how well its things are: rows for people, and what is wrong among them. Below kinds. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import type { NodeName } from '../step.ts';
import type { Site } from './site.ts';
import type { NodeFacts } from './world.ts';

/** What was seen of a site. */
export interface Looked {
  readonly site: Site;
  /** Of every node that answered: one that is missing here is unknown, and nothing on it is absent or well (C5). */
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  /** Nodes on which a sanctl is at work now: what is half done there is under way, not wrong. */
  readonly held: ReadonlySet<NodeName>;
}

export interface Health {
  readonly rows: readonly Row[];
  readonly findings: readonly Diagnostic[];
}

/**
 * From the worst. `broken`: it does not do its work, or data are at risk. `unknown`: nobody could read it. `weak`: it works, and
 * less can fail than should. `busy`: something is under way that ends by itself.
 */
export const levels = ['broken', 'unknown', 'weak', 'busy', 'fine'] as const;
export type Level = (typeof levels)[number];

/** In the order of the screen: what stands below before what stands on it. */
export const sections = [
  'node',
  'group',
  'volume',
  'mirror',
  'export',
  'array',
  'vm',
  'snapshot',
  'operation',
] as const;
export type Section = (typeof sections)[number];

/** One thing as it is now. */
export interface Row {
  readonly section: Section;
  /** Unique in its section. */
  readonly name: string;
  /** Where it is, or should be. */
  readonly nodes: readonly NodeName[];
  readonly level: Level;
  /** A word or two: `UpToDate`, `resync 48 %`. */
  readonly state: string;
  /** Clauses for people, the most important first. */
  readonly detail: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly name: FigureName;
  readonly value: number;
  readonly node?: NodeName;
}

/** What the figures mean; a truth is 1 or 0. What is not known has no figure. */
export const figureMeanings = {
  node_up: 'Whether the node answered',
  node_memory_bytes: 'Memory that the hypervisor of a node has',
  node_memory_free_bytes: 'Memory that the hypervisor of a node has given to nobody',
  group_bytes: 'Size of a volume group',
  group_free_bytes: 'Unused part of a volume group',
  volume_present: 'Whether a volume with one replica is there and active',
  mirror_primary: 'Whether the resource is Primary on the node',
  mirror_connected: 'Whether the resource is connected, as the node sees it',
  mirror_up_to_date: 'Whether the replica on the node is UpToDate',
  mirror_out_of_sync_bytes: 'What still differs between the replicas, as the node counts it',
  mirror_window_open: 'Whether the node would allow two Primaries at this moment',
  export_served: 'Whether the export is served',
  export_imported: 'Whether the node imports the export over all of its connections or paths',
  array_missing_members: 'Members of the array that are not in sync',
  array_mismatches: 'Mismatches that the last check of the array counted',
  vm_running: 'Whether the VM runs on the node',
  vm_at_home: 'Whether the VM runs at its home',
  snapshot_age_seconds: 'Age of the newest whole set of snapshots that a policy made of a VM',
} as const;
/** That only nodes themselves write (docs/watching.md). */
export const poolMeanings = {
  pool_data_percent: 'How full the data of a thin pool is',
  pool_metadata_percent: 'How full the metadata of a thin pool is',
} as const;
export type FigureName = keyof typeof figureMeanings;

export function figure(name: FigureName, value: number | boolean, node?: NodeName): Figure {
  return { name, value: Number(value), ...(node === undefined ? {} : { node }) };
}
