/** A plan is data: what `plan` prints is what `apply` sends. How it was made cannot influence how it is applied. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Undeclared } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeName, Step } from '../step.ts';

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = string;

export interface Plan {
  readonly version: 1;
  /** The resolved inventory it was made from, so that a saved plan can observe again; secrets stand in it by name. */
  readonly site: Site;
  /** Digest of that. */
  readonly inventory: Digest;
  /** For each node it looked at, by kind: what its steps rest on (C4). Empty when it was made offline. */
  readonly facts: Readonly<Record<NodeName, Readonly<Record<string, Digest>>>>;
  /** How many things it looked at: those without a step are as wished. */
  readonly things: number;
  /** In an order that the graph allows. */
  readonly steps: readonly Step[];
  readonly undeclared: readonly Undeclared[];
  /** Warnings and notes; a plan with errors does not exist. */
  readonly diagnostics: readonly Diagnostic[];
  readonly offline: boolean;
  /** The choices it was made with, to observe and compare again in the same way. */
  readonly options: PlanOptions;
}

export interface PlanOptions {
  readonly only: readonly string[];
  readonly without: readonly NodeName[];
  readonly allowDestroy: readonly string[];
  readonly adopt: readonly string[];
  readonly waitSync: boolean;
}
