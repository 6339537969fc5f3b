/**
 * The schema of an inventory: what validation, types, editors (`inventory.schema.json`) and docs/inventory.md are made
 * from. One small file for each section.
 */
import { type ArraySpec, array } from './array.ts';
import { type BootDefaultsSpec, bootDefaults } from './boot.ts';
import { type ClusterSpec, cluster } from './cluster.ts';
import {
  type ExportDefaultsSpec,
  type ExportSpec,
  exportDefaults,
  exported,
  type IscsiDefaultsSpec,
  iscsiDefaults,
} from './export.ts';
import { type ImageSpec, image } from './image.ts';
import { type MigrationDefaultsSpec, migrationDefaults } from './migration.ts';
import { type NodeSpec, node, type SshDefaultsSpec, sshDefaults } from './node.ts';
import { type SecretSourceSpec, secretSource } from './secret.ts';
import { type ServiceSpec, service } from './service.ts';
import { type SnapshotPolicySpec, snapshotPolicy } from './snapshot.ts';
import {
  arrayName,
  domainName,
  exportName,
  groupName,
  hostName,
  policyName,
  secretName,
  siteName,
  volumeName,
} from './text.ts';
import { type VmSpec, vm } from './vm.ts';
import {
  type ReplicationDefaultsSpec,
  replicationDefaults,
  type VolumeDefaultsSpec,
  type VolumeSpec,
  volume,
  volumeDefaults,
} from './volume.ts';
import { type VolumeGroupSpec, volumeGroup } from './volume-group.ts';
import { type WatchSpec, watch } from './watch.ts';

export const inventorySchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'sanctl inventory',
  description: 'What should be: nodes, volume groups, volumes, exports, arrays and virtual machines.',
  type: 'object',
  properties: {
    version: { type: 'integer', const: 1, description: 'Version of this format.' },
    site: {
      ...siteName,
      description: 'Name of the whole. Identities of VMs follow from it: do not change it.',
      examples: ['home'],
    },
    defaults: {
      type: 'object',
      properties: {
        ssh: sshDefaults,
        replication: replicationDefaults,
        volume: volumeDefaults,
        migration: migrationDefaults,
        boot: bootDefaults,
        export: exportDefaults,
        iscsi: iscsiDefaults,
      },
      additionalProperties: false,
      default: {},
      description: 'What nodes and volumes share.',
    },
    nodes: {
      type: 'object',
      propertyNames: hostName,
      minProperties: 1,
      additionalProperties: node,
      description: 'Xen hosts by name.',
    },
    volumeGroups: {
      type: 'object',
      propertyNames: groupName,
      additionalProperties: volumeGroup,
      default: {},
      description: 'LVM volume groups by name.',
    },
    volumes: {
      type: 'object',
      propertyNames: volumeName,
      additionalProperties: volume,
      default: {},
      description: 'Volumes by name.',
    },
    images: {
      type: 'object',
      propertyNames: exportName,
      additionalProperties: image,
      default: {},
      description: 'Files that are used as disks, by name.',
    },
    exports: {
      type: 'object',
      propertyNames: exportName,
      additionalProperties: exported,
      default: {},
      description: 'What nodes serve to other nodes, by name.',
    },
    arrays: {
      type: 'object',
      propertyNames: arrayName,
      additionalProperties: array,
      default: {},
      description: 'md arrays by name.',
    },
    vms: {
      type: 'object',
      propertyNames: domainName,
      additionalProperties: vm,
      default: {},
      description: 'Virtual machines by name.',
    },
    snapshots: {
      type: 'object',
      propertyNames: policyName,
      additionalProperties: snapshotPolicy,
      default: {},
      description: 'Snapshots that nodes make by themselves, by the name of the policy (docs/snapshots.md).',
    },
    services: {
      type: 'object',
      propertyNames: exportName,
      additionalProperties: service,
      default: {},
      description: 'Services of the cluster without a VM, by name (docs/services.md).',
    },
    cluster,
    watch,
    secrets: {
      type: 'object',
      propertyNames: secretName,
      additionalProperties: secretSource,
      default: {},
      description: 'Sources of secrets by name.',
    },
  },
  required: ['version', 'site', 'nodes'],
  additionalProperties: false,
} as const;

/** An inventory, valid by the schema and with the schema's defaults filled in. */
export interface InventorySpec {
  readonly version: 1;
  readonly site: string;
  readonly defaults: {
    readonly ssh?: SshDefaultsSpec;
    readonly replication: ReplicationDefaultsSpec;
    readonly volume: VolumeDefaultsSpec;
    readonly migration: MigrationDefaultsSpec;
    readonly boot: BootDefaultsSpec;
    readonly export: ExportDefaultsSpec;
    readonly iscsi: IscsiDefaultsSpec;
  };
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly volumeGroups: Readonly<Record<string, VolumeGroupSpec>>;
  readonly volumes: Readonly<Record<string, VolumeSpec>>;
  readonly images: Readonly<Record<string, ImageSpec>>;
  readonly exports: Readonly<Record<string, ExportSpec>>;
  readonly arrays: Readonly<Record<string, ArraySpec>>;
  readonly vms: Readonly<Record<string, VmSpec>>;
  readonly snapshots: Readonly<Record<string, SnapshotPolicySpec>>;
  readonly services: Readonly<Record<string, ServiceSpec>>;
  readonly cluster?: ClusterSpec;
  readonly watch?: WatchSpec;
  readonly secrets: Readonly<Record<string, SecretSourceSpec>>;
}

/** Keys that later versions of sanctl will know: said so, instead of "unknown". By the path of their parent, `*` for any name. */
export const laterKeys: Readonly<Record<string, readonly string[]>> = { cluster: ['quorumDevice', 'watchdog'] };
