/** Nothing of its own: snapshots are logical volumes, and what they are stands in their tags (../volume/tags.ts). */
export type SnapshotFacts = Readonly<Record<string, never>>;
