/** All that a kind may look at while it decides: the wish, the facts of every node, and the templates. */
import type { Content, ImageFile, ProbeOutputs, SecretRef } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import type { ArrayFacts } from './array/facts.ts';
import type { ClusterFacts } from './cluster/facts.ts';
import type { DomainFacts } from './domain/facts.ts';
import type { DrbdFacts } from './drbd/facts.ts';
import type { ExportFacts } from './export/facts.ts';
import type { FileFacts } from './file/facts.ts';
import type { FilesystemFacts } from './filesystem/facts.ts';
import type { FillFacts } from './fill/facts.ts';
import type { HostFacts } from './host/facts.ts';
import type { ImageFacts } from './image/facts.ts';
import type { ImportFacts } from './import/facts.ts';
import type { InitiatorFacts } from './initiator/facts.ts';
import type { ModuleFacts } from './module/facts.ts';
import type { PackageFacts } from './package/facts.ts';
import type { Reading } from './reading.ts';
import type { ServiceFacts } from './service/facts.ts';
import type { Site } from './site.ts';
import type { SnapshotFacts } from './snapshot/facts.ts';
import type { TargetFacts } from './target/facts.ts';
import type { VolumeFacts } from './volume/facts.ts';
import type { VolumeGroupFacts } from './volume-group/facts.ts';
import type { WatchFacts } from './watch/facts.ts';

export interface FactsByKind {
  host: HostFacts;
  package: PackageFacts;
  module: ModuleFacts;
  file: FileFacts;
  service: ServiceFacts;
  volumeGroup: VolumeGroupFacts;
  volume: VolumeFacts;
  image: ImageFacts;
  drbd: DrbdFacts;
  fill: FillFacts;
  target: TargetFacts;
  initiator: InitiatorFacts;
  array: ArrayFacts;
  filesystem: FilesystemFacts;
  domain: DomainFacts;
  snapshot: SnapshotFacts;
  cluster: ClusterFacts;
  export: ExportFacts;
  import: ImportFacts;
  watch: WatchFacts;
}
export type KindName = keyof FactsByKind;
export type NodeFacts = { readonly [K in KindName]: FactsByKind[K] };

export interface World {
  readonly site: Site;
  /** What `--without` named: nodes of the inventory that nobody asked. */
  readonly leftOut: readonly NodeName[];
  /** Facts of a node. A node left out by `--without` has none: its things are left out before any kind is asked. */
  have<K extends KindName>(kind: K, node: NodeName): FactsByKind[K];
  /** What the verbs and checks of a playbook asked of a node besides the facts; empty for any other plan. */
  answers(node: NodeName): ProbeOutputs;
  /** Template `drbd/resource.res` over a typed, fully defaulted view; the user's own template of that name wins. */
  render(template: string, view: TemplateView): Content;
  /** The sha256 of a content once its secrets are filled in, to compare with a node's file; undefined when a secret cannot be read yet. */
  digest(content: Content): string | undefined;
  /** Bytes of the disk in an image on this machine, or why it cannot be used. */
  imageBytes(image: ImageFile): Reading<number>;
  /** What `--allow-destroy` named. */
  readonly allowDestroy: ReadonlySet<string>;
  /** What `--adopt` named: files that sanctl did not write and may take over. */
  readonly adopt: ReadonlySet<string>;
  /** `--wait-sync`: the plan ends only when every copy is up to date. */
  readonly waitSync: boolean;
}

export type TemplateValue = string | number | boolean | SecretRef | readonly TemplateValue[] | TemplateView;
export interface TemplateView {
  readonly [name: string]: TemplateValue;
}
