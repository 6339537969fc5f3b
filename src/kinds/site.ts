/**
 * The inventory, resolved: every default filled in, every size in bytes, every reference checked. `inventory/` makes
 * it; kinds read it. Plain data, so that a saved plan can carry it. Secrets are by name only.
 */
import type { ImageFile } from '../shell/command.ts';
import type { NodeName } from '../step.ts';

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

/** Sets of snapshots of VMs, made when they are due by the node on which each runs. */
export interface SnapshotPolicy {
  readonly name: string;
  readonly vms: readonly string[];
  /** A calendar expression of systemd, of the few that `kinds/snapshot/calendar.ts` reads. */
  readonly schedule: string;
  /** Sets of each VM that stay on each node. */
  readonly keep: number;
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

export interface Watch {
  readonly everySeconds: number;
  readonly alerts: readonly WatchAlert[];
  /** `OnCalendar=` of systemd.time(7); only with alerts. */
  readonly verify?: { readonly schedule: string };
  readonly metrics?: { readonly folder: string; readonly everySeconds: number };
}

/** A mail, or a program on the nodes with what it is handed. */
export type WatchAlert = { readonly mail: string } | { readonly command: string; readonly recipient?: string };

/** A program on the nodes that Pacemaker runs when something happens. */
export interface Alert {
  readonly path: string;
  readonly recipient?: string;
}

/** What takes a node's power away, so that it is certain that it does nothing any more. */
export interface Fence {
  /** `fence_ipmilan`. */
  readonly agent: string;
  /** What the agent takes, secrets aside. */
  readonly options: Readonly<Record<string, string>>;
  /** The node's outlet, where the device has several. */
  readonly plug?: string;
  /** Name of the secret. */
  readonly password?: string;
}

export interface Migration {
  /** Who sees to it that nodes reach each other as root by ssh (X3): `apply` does, or the administrator has done. */
  readonly trust: 'managed' | 'manual';
}

/** Where a secret's value comes from; read on the controller, at the moment it is needed. */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: readonly [string, ...string[]] };

/** What the value of a secret must look like, and the same in words. Never shown with the value. */
export interface SecretShape {
  readonly pattern: RegExp;
  readonly means: string;
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

/** What the inventory says about reaching a node; what it leaves out is asked of `~/.ssh/config`. */
export interface SshTarget {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  readonly knownHostsFile?: string;
  readonly hostKeyAlias?: string;
  readonly proxyJump?: string;
  readonly configFile?: string;
  /** Name of the secret for `sudo` when the user is not root and sudo asks for a password. */
  readonly sudoPassword?: string;
}

export interface VolumeGroup {
  readonly name: string;
  /** Whole disks or partitions for each node. */
  readonly devices: Readonly<Record<NodeName, readonly string[]>>;
  readonly thinPools: Readonly<Record<string, { readonly bytes: number }>>;
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

/** Only for volumes with two or more replicas. */
export interface Replication {
  readonly protocol: 'A' | 'B' | 'C';
  /** K1: decided at plan time. */
  readonly firstSync: 'full' | 'zero' | 'skip';
  /** The side that holds the data or runs the VM: the first sync starts from it, never from another. */
  readonly source: NodeName;
  /** Pinned by the inventory; otherwise what the nodes' `.res` files say, otherwise the lowest that is free. */
  readonly minor?: number;
  readonly port?: number;
  /** Name of the shared secret of the peers; none: the replication link is not authenticated, and `check` says so. */
  readonly secret?: string;
  /** Bytes per second of resync, at most (`c-max-rate`). */
  readonly maxRate: number;
}

/** What a block device is asked for by: one of the things of the inventory that make one. */
export type Backing = OnVolume | OnImage | OnExport | OnArray;

export interface OnVolume {
  readonly volume: string;
}
export interface OnImage {
  readonly image: string;
}
/** On a node that imports it. */
export interface OnExport {
  readonly export: string;
}
export interface OnArray {
  readonly array: string;
}

/** A plain file on one node, fully allocated, used as a disk. */
export interface Image {
  readonly name: string;
  readonly node: NodeName;
  readonly path: string;
  readonly bytes: number;
}

export type Export = NbdExport | IscsiExport;

interface ExportOfAnyKind {
  readonly name: string;
  readonly backing: OnVolume | OnImage | OnArray;
  /** Has the backing, and serves it. */
  readonly from: NodeName;
  /** May import it; which of them do: `importersOf` (N7). None is `from` (N4, G1). */
  readonly to: readonly NodeName[];
  readonly readOnly: boolean;
  /** How long I/O waits for a server that does not answer; none: for ever, never so under an array (N6, R6). */
  readonly timeoutSeconds?: number;
}

export interface NbdExport extends ExportOfAnyKind {
  readonly via: 'nbd' | 'gnbd';
  /** What it is called on the wire, and what the backing is marked with: no other site and no other export has it (S3). */
  readonly wireName: string;
  /** Of each importer. */
  readonly connections: number;
  readonly tls: 'mutual' | 'none';
  /** Pinned by the inventory; otherwise what the node has, otherwise the lowest that is free. */
  readonly port?: number;
}

export interface IscsiExport extends ExportOfAnyKind {
  readonly via: 'iscsi';
  readonly timeoutSeconds: number;
  /** Addresses of `from`: one path for each. */
  readonly portals: readonly string[];
  /** Only with two or more portals. */
  readonly multipath?: 'active-active' | 'active-passive';
  /** Name of the target, which serves this export alone. */
  readonly iqn: string;
  /** Unit serial of its LUN, a uuid: unique over the inventory, the same for ever (I2). */
  readonly serial: string;
  readonly chap?: Chap;
}

export interface Chap extends ChapUser {
  /** How the target proves itself. */
  readonly mutual?: ChapUser;
}
export interface ChapUser {
  readonly user: string;
  /** Name of the secret. */
  readonly password: string;
}

export interface RaidArray {
  readonly name: string;
  /** The only one that assembles it (R5). */
  readonly node: NodeName;
  readonly level: 0 | 1 | 5 | 6 | 10;
  /** None for level 1. */
  readonly chunkBytes?: number;
  /** Never for level 0. */
  readonly bitmap: 'internal' | 'none';
  /** Bytes per second, at most. */
  readonly rebuildRate: number;
  /** In the order of the inventory. */
  readonly members: readonly (OnExport | OnVolume | OnImage)[];
  readonly filesystem?: { readonly type: 'ext4'; readonly mount: string };
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

export type Boot =
  | { readonly kernel: string; readonly ramdisk?: string; readonly cmdline?: string }
  | { readonly bootloader: 'pygrub' }
  | { readonly firmware: 'bios' | 'uefi'; readonly order: string };

export type VmDisk = (OnVolume | OnExport | OnArray) & AsDisk;

interface AsDisk {
  /** The guest's device: `xvda`. */
  readonly as: string;
  readonly readOnly: boolean;
}

export interface VmNic {
  readonly bridge: string;
  readonly mac: string;
}
