/** Nothing of its own: whether a volume is filled stands in the tags of its slices (../volume/tags.ts). */
export type FillFacts = Readonly<Record<string, never>>;
