/** Domains where a case wants them, over the facts of fresh machines. */
import type { Domain } from '../../../src/kinds/domain/facts.ts';
import type { DrbdFacts, Running } from '../../../src/kinds/drbd/facts.ts';
import { known, type Reading, unknown } from '../../../src/kinds/reading.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import type { Vm } from '../../../src/kinds/site.ts';
import type { LogicalVolume } from '../../../src/kinds/volume/facts.ts';
import type { FactsByKind, KindName, World } from '../../../src/kinds/world.ts';
import { sha256 } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { type CompactSite, compactSite } from '../compact.ts';
import { connected, volume } from '../drbd/world.ts';

const uuid = 'a9f3c1de-0000-4000-8000-000000000001';
export const web: Domain = {
  name: 'web',
  id: 3,
  uuid,
  state: '-b----',
  memoryBytes: 128 * 2 ** 20,
  vcpus: 1,
  type: 'pv',
  kernel: '/boot/guest-vmlinuz',
  disks: [{ as: 'xvda', target: '/dev/drbd0', readOnly: false }],
  nics: [],
};

export type Where = Readonly<Record<string, readonly Domain[] | 'unreadable'>>;

export interface Around {
  readonly vm?: Partial<Vm>;
  readonly site?: CompactSite;
  readonly drbd?: Readonly<Record<string, Partial<Running>>> | undefined;
  /** Backing device of the resource `db`, which runs wherever ours does. */
  readonly dbOn?: string;
  /** Nodes without a hypervisor. */
  readonly bare?: readonly string[];
  /** Of every node, or by node; undefined there: it cannot be read. */
  readonly freeBytes?: number | Readonly<Record<string, number | undefined>>;
  /** What a template of the user's own adds. */
  readonly template?: string;
  readonly leftOut?: readonly string[];
  /** Its own name of a node, where that is not the inventory's. */
  readonly called?: Readonly<Record<string, string>>;
  /** Of every node. */
  readonly volumes?: readonly Partial<LogicalVolume>[];
}

export function worldWith(where: Where, around: Around = {}): World {
  const site = compactSite({
    volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] } },
    vms: { web: { disks: [{ volume: 'web-root', as: 'xvda', readOnly: false }], ...around.vm } },
    ...around.site,
  });
  return {
    site,
    render: (template, view) => [...templateRenderer(templateFiles())(template, view), around.template ?? ''],
    digest: (content) => sha256(content, () => ''),
    imageBytes: () => known(2 ** 30),
    allowDestroy: new Set(),
    adopt: new Set(),
    leftOut: around.leftOut ?? [],
    answers: () => new Map(),
    waitSync: false,
    have<K extends KindName>(kind: K, node: string): FactsByKind[K] {
      const blank = kinds.find((one) => one.name === kind)?.blank(site, node) as FactsByKind[K];
      if (kind === 'domain') return { domains: reading(where[node] ?? []) } as FactsByKind[K];
      if (kind === 'drbd') return { ...blank, ...drbd(around.drbd?.[node], around.dbOn) } as FactsByKind[K];
      if (kind === 'volume') return { volumes: known(around.volumes ?? []) } as FactsByKind[K];
      const called = around.called?.[node];
      if (kind === 'host' && called !== undefined) return { ...blank, nodeName: known(called) } as FactsByKind[K];
      if (kind === 'host' && around.bare?.includes(node)) return { ...blank, xen: known('absent') } as FactsByKind[K];
      if (kind === 'host' && around.freeBytes !== undefined)
        return { ...blank, xen: xenOn(around.freeBytes, node) } as FactsByKind[K];
      return blank;
    },
  };
}

function reading(list: readonly Domain[] | 'unreadable'): Reading<readonly Domain[]> {
  return list === 'unreadable' ? unknown('xl broke') : known(list);
}

function drbd(running: Partial<Running> | undefined, backing = '/dev/vg0/db'): Partial<DrbdFacts> {
  if (running === undefined) return {};
  const one: Running = {
    role: 'Secondary',
    suspended: 'no',
    volumes: {},
    connections: [],
    port: 7789,
    twoPrimaries: false,
    ...running,
  };
  const db: Running = { ...one, volumes: { 0: { ...volume('UpToDate'), minor: 5, backing } } };
  return { kernel: known({ loaded: true, version: '8.4.11' }), running: known({ 'web-root': one, db }) };
}

function xenOn(free: NonNullable<Around['freeBytes']>, node: string) {
  const bytes = typeof free === 'number' ? free : free[node];
  return bytes === undefined ? unknown('xl broke') : xen(bytes);
}

function xen(freeMemoryBytes: number) {
  return known({ major: 4, minor: 17, totalMemoryBytes: 2 ** 31, freeMemoryBytes, processors: 1 });
}

export const good = { alpha: connected('UpToDate', 'UpToDate'), bravo: connected('UpToDate', 'UpToDate') };
