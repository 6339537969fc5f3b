/**
 * The inventory, resolved: every default filled in, every size in bytes, every reference checked. `inventory/` makes
 * it; kinds read it. Plain data, so that a saved plan can carry it. Secrets are by name only. What nearly every file
 * names stands here, the rest by area in `site/`.
 */
import type { ImageFile } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import type { RaidArray } from './site/array.ts';
import type { Cluster } from './site/cluster.ts';
import type { Export } from './site/exports.ts';
import type { Heartbeat } from './site/heartbeat.ts';
import type { Fence, SshTarget } from './site/node.ts';
import type { SecretSource } from './site/secrets.ts';
import type { SnapshotPolicy } from './site/snapshots.ts';
import type { Image, Replication, VolumeGroup } from './site/storage.ts';
import type { Boot, VmDisk, VmNic } from './site/vm.ts';
import type { Watch } from './site/watch.ts';

export interface Site {
  readonly version: 1;
  readonly name: string;
  readonly nodes: Readonly<Record<NodeName, Node>>;
  readonly volumeGroups: Readonly<Record<string, VolumeGroup>>;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly images: Readonly<Record<string, Image>>;
  readonly exports: Readonly<Record<string, Export>>;
  readonly arrays: Readonly<Record<string, RaidArray>>;
  readonly vms: Readonly<Record<string, Vm>>;
  /** Name -> where its value comes from. */
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly migration: Migration;
  /** Snapshots that nodes make by themselves (docs/snapshots.md). */
  readonly snapshots: Readonly<Record<string, SnapshotPolicy>>;
  /** Who sees to it that VMs run although a node dies (docs/cluster.md); none: people do. */
  readonly cluster?: Cluster;
  /** Two nodes that still run the classic heartbeat, whose files sanctl writes (docs/heartbeat.md). */
  readonly heartbeat?: Heartbeat;
  /** What nodes look at by themselves (docs/watching.md). */
  readonly watch?: Watch;
  /** What nodes do by themselves when they boot (docs/boot.md). */
  readonly boot: {
    /** For how long a domain waits for what it needs before it is left to a person. */
    readonly waitSeconds: number;
  };
  /** Folder on the controller with the authorities, certificates and keys of exports. Absolute, or from `~/`. */
  readonly certificates: string;
  /** Names of the initiators of iSCSI (I9), of the nodes that import by it. */
  readonly initiators: Readonly<Record<NodeName, string>>;
}

export interface Migration {
  /** Who sees to it that nodes reach each other as root by ssh (X3): `apply` does, or the administrator has done. */
  readonly trust: 'managed' | 'manual';
}

export interface Node {
  readonly name: NodeName;
  /** Address on the replication and migration network. */
  readonly address: string;
  readonly ssh: SshTarget;
  /** Address on a second network: the cluster's second ring. */
  readonly ring1?: string;
  /** What it has for guests, without dom0. */
  readonly guestMemoryBytes?: number;
  readonly fence?: Fence;
}

export interface Volume {
  readonly name: string;
  /** Usable bytes; a DRBD volume's slice is larger by its metadata. */
  readonly bytes: number;
  readonly group: string;
  /** One: a plain slice. Two or more: a DRBD resource over a slice on each. In the order of the inventory. */
  readonly replicas: readonly NodeName[];
  readonly thinPool?: string;
  /** 1 for linear. */
  readonly stripes: number;
  readonly state: 'present' | 'absent';
  /** What it is filled with when it is made. */
  readonly image?: ImageFile;
  readonly replication?: Replication;
}

export interface Vm {
  readonly name: string;
  readonly uuid: string;
  readonly home: NodeName;
  readonly type: 'pv' | 'pvh' | 'hvm';
  readonly memory: { readonly bytes: number; readonly minimumBytes: number };
  readonly vcpus: number;
  readonly boot: Boot;
  readonly disks: readonly VmDisk[];
  readonly nics: readonly VmNic[];
  readonly state: 'running' | 'stopped';
  /** Whether its home starts it when it boots, without anybody. */
  readonly autostart: 'home' | 'never';
}
