/**
 * What sanctl does to two nodes, as data. The same scenarios are played on simulated nodes (contract.test.ts) and on real
 * ones (test/lab): where the outcomes differ, the model is wrong. Sizes fit the lab's disks of 2 GiB.
 */
import type { Site } from '../../src/kinds/site.ts';
import { blankSite } from '../blank-site.ts';

const mebibyte = 2 ** 20;

export type Act =
  /** Plans and applies; what was planned, and how it ended. */
  | {
      readonly do: 'apply';
      readonly site: Site;
      readonly allowDestroy?: readonly string[];
      readonly exit: number;
      readonly steps: readonly string[] | 'any';
    }
  /** No plan comes about, for these reasons. */
  | { readonly do: 'refuse'; readonly site: Site; readonly codes: readonly string[] }
  | { readonly do: 'reboot'; readonly node: string }
  /** A command that somebody types on a node. */
  | { readonly do: 'type'; readonly node: string; readonly argv: readonly [string, ...string[]] };

export interface Scenario {
  readonly name: string;
  readonly acts: readonly Act[];
}

/** One mirrored volume of the lab's nodes; `ssh` is filled in by whoever plays it. */
export function mirrored(bytes: number, more: Partial<Site['volumes'][string]> = {}): Site {
  const nodes = { alpha: '10.77.0.11', bravo: '10.77.0.12' };
  return {
    ...blankSite,
    name: 'contract',
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([name, address]) => [name, { name, address, ssh: { host: name } }]),
    ),
    volumeGroups: { vg0: { name: 'vg0', devices: { alpha: ['/dev/vdb'], bravo: ['/dev/vdb'] }, thinPools: {} } },
    volumes: {
      data: {
        name: 'data',
        bytes,
        group: 'vg0',
        replicas: ['alpha', 'bravo'],
        stripes: 1,
        state: 'present',
        replication: { protocol: 'C', firstSync: 'full', source: 'alpha', maxRate: 100 * mebibyte },
        ...more,
      },
    },
  };
}

const both = (id: string, verb: string): readonly string[] => [`${id}@alpha#${verb}`, `${id}@bravo#${verb}`];
const small = mirrored(64 * mebibyte);

export const scenarios: readonly Scenario[] = [
  {
    name: 'a mirrored volume on blank disks, and again',
    acts: [
      { do: 'apply', site: small, exit: 0, steps: 'any' },
      { do: 'apply', site: small, exit: 0, steps: [] },
    ],
  },
  {
    name: 'a reboot of the peer',
    acts: [
      { do: 'apply', site: small, exit: 0, steps: 'any' },
      { do: 'reboot', node: 'bravo' },
      { do: 'apply', site: small, exit: 0, steps: ['drbd/data@bravo#up', ...both('drbd/data', 'connected')] },
      { do: 'apply', site: small, exit: 0, steps: [] },
    ],
  },
  {
    name: 'a filesystem that somebody made on the disk',
    acts: [
      { do: 'type', node: 'bravo', argv: ['mke2fs', '-q', '-t', 'ext4', '/dev/vdb'] },
      { do: 'refuse', site: small, codes: ['volumeGroup/not-blank'] },
    ],
  },
  {
    name: 'a volume that is to go, without and with its name on the command line',
    acts: [
      { do: 'apply', site: small, exit: 0, steps: 'any' },
      {
        do: 'refuse',
        site: mirrored(64 * mebibyte, { state: 'absent' }),
        codes: ['volume/not-allowed', 'volume/not-allowed'],
      },
      {
        do: 'apply',
        site: mirrored(64 * mebibyte, { state: 'absent' }),
        allowDestroy: ['volume/data'],
        exit: 0,
        steps: 'any',
      },
    ],
  },
  {
    name: 'growth, while nobody is Primary',
    acts: [
      { do: 'apply', site: small, exit: 0, steps: 'any' },
      { do: 'apply', site: mirrored(96 * mebibyte), exit: 0, steps: 'any' },
      { do: 'apply', site: mirrored(96 * mebibyte), exit: 0, steps: [] },
    ],
  },
  {
    name: 'a size that was lowered',
    acts: [
      { do: 'apply', site: small, exit: 0, steps: 'any' },
      { do: 'refuse', site: mirrored(32 * mebibyte), codes: ['volume/smaller', 'volume/smaller'] },
    ],
  },
];
