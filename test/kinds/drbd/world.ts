/** A world of two nodes with one replicated volume, each side of it told in a few words. */
import type { DrbdFacts, Running } from '../../../src/kinds/drbd/facts.ts';
import { drbd } from '../../../src/kinds/drbd/index.ts';
import type { Thing } from '../../../src/kinds/kind.ts';
import { known } from '../../../src/kinds/reading.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import type { Site } from '../../../src/kinds/site.ts';
import type { Verdict } from '../../../src/kinds/verdict.ts';
import type { LogicalVolume } from '../../../src/kinds/volume/facts.ts';
import { sliceBytes } from '../../../src/kinds/volume/size.ts';
import type { FactsByKind, KindName, World } from '../../../src/kinds/world.ts';
import { sha256 } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { type CompactSite, compactSite } from '../compact.ts';

export interface SideWords {
  /** Tags of the slice; undefined: there is no slice. */
  readonly tags?: readonly string[];
  readonly metadata?: 'none' | 'new' | 'data' | 'bad data';
  readonly signatures?: readonly string[];
  readonly running?: Partial<Running> | undefined;
  readonly disk?: string;
  readonly bytes?: number;
  /** The slice's size; as the inventory asks unless given. */
  readonly slice?: number;
  /** Whether somebody has the slice open; DRBD where it runs unless given. */
  readonly open?: boolean;
  readonly facts?: Partial<DrbdFacts>;
  readonly adjust?: readonly string[];
  /** The file is there as it should be and sanctl wrote it, unless `false`, or somebody else did. */
  readonly file?: boolean | 'foreign';
  readonly hosts?: readonly string[];
  /** What the files say it stands on; the slice unless given. */
  readonly on?: string;
}

export const volumeBytes = 64 * 2 ** 20;
export const name = 'web-root';

export const unseeded = ['sanctl', 'sanctl.unseeded'];
export const seeded = ['sanctl', 'sanctl.seeded'];

/** A connected replica as it is most of the time; `also` changes it. */
export function connected(
  disk: string,
  peerDisk: string,
  also: Partial<Running> = {},
  replication = 'Established',
): Partial<Running> {
  return {
    connections: [
      {
        peer: '',
        state: 'Connected',
        role: 'Secondary',
        volumes: { 0: { replication, disk: peerDisk, resyncSuspended: 'no', outOfSyncBytes: 0 } },
      },
    ],
    volumes: { 0: volume(disk) },
    ...also,
  };
}

export function volume(disk: string, bytes = volumeBytes): Running['volumes'][string] {
  return { minor: 0, disk, bytes, open: undefined, backing: disk === 'Diskless' ? 'none' : `/dev/vg0/${name}` };
}

export function lonely(disk: string, state = 'Connecting', also: Partial<Running> = {}): Partial<Running> {
  const peer = { replication: 'Off', disk: 'DUnknown', resyncSuspended: 'no', outOfSyncBytes: 0 };
  return {
    connections: [{ peer: '', state, role: 'Unknown', volumes: { 0: peer } }],
    volumes: { 0: volume(disk) },
    ...also,
  };
}

export interface Around {
  readonly site?: CompactSite;
  readonly allowDestroy?: readonly string[];
  readonly adopt?: readonly string[];
  readonly waitSync?: boolean;
}

export function siteOf({ site }: Around = {}): Site {
  return compactSite({ volumes: { [name]: { size: '64MiB', replicas: ['alpha', 'bravo'] } }, ...site });
}

export function worldOf(sides: Readonly<Record<string, SideWords>>, around: Around = {}): World {
  const site = siteOf(around);
  const render = templateRenderer(templateFiles());
  const special = new Map(Object.entries(sides).map(([node, words]) => [node, factsOf(node, words, site)]));
  const world: World = {
    site,
    render,
    digest: (content) => sha256(content, ({ secret }) => `canary-${secret}`),
    imageBytes: () => known(2 ** 30),
    allowDestroy: new Set(around.allowDestroy),
    adopt: new Set(around.adopt),
    leftOut: [],
    answers: () => new Map(),
    waitSync: around.waitSync ?? false,
    have<K extends KindName>(kind: K, node: string): FactsByKind[K] {
      const blank = kinds.find((one) => one.name === kind)?.blank(site, node) as FactsByKind[K];
      return { ...blank, ...special.get(node)?.[kind], ...(kind === 'file' ? files(node) : {}) };
    },
  };
  /** The file that the inventory asks for stands there already, byte for byte. */
  const files = (node: string): object => {
    if (sides[node]?.file === false || sides[node]?.tags === undefined) return {};
    const thing = thingOf(world, node);
    const content = (thing?.want as { readonly content: Parameters<World['digest']>[0] } | undefined)?.content;
    const state = {
      type: 'file',
      mode: '600',
      owner: '0:0',
      bytes: 1,
      sha256: content === undefined ? '' : world.digest(content),
      md5: '',
      text: '',
    };
    const path = `/etc/drbd.d/${name}.res`;
    const written = known(sides[node]?.file === 'foreign' ? {} : { [path]: state.sha256 });
    return { files: { [path]: known(state) }, written };
  };
  let asking = false;
  const thingOf = (within: World, node: string): Thing | undefined => {
    if (asking) return undefined;
    asking = true;
    const found = drbd
      .expand(site, { ...within })
      .find((one) => one.name === `etc/drbd.d/${name}.res` && one.nodes[0] === node);
    asking = false;
    return found;
  };
  return world;
}

function factsOf(node: string, words: SideWords, site: Site): { readonly [K in KindName]?: Partial<FactsByKind[K]> } {
  const { tags, metadata = 'none', running, adjust = [], hosts = ['alpha', 'bravo'] } = words;
  const signatures = words.signatures ?? (metadata === 'none' ? [] : ['drbd']);
  const host = { minor: 0, port: 7789, nodeId: undefined, disk: words.on ?? `/dev/vg0/${name}` };
  const wanted = site.volumes[name];
  const slice = words.slice ?? (wanted === undefined ? 0 : sliceBytes(wanted, 4 * 2 ** 20));
  const one: Running = {
    role: 'Secondary',
    suspended: 'no',
    volumes: {},
    connections: [],
    port: 7789,
    twoPrimaries: false,
    ...running,
  };
  return {
    volumeGroup: { lvm: 'present' },
    volume: {
      volumes: known(tags === undefined ? [] : [logical(node, tags, slice, words.open ?? running !== undefined)]),
    },
    drbd: {
      kernel: known({ loaded: true, version: '8.4.11' }),
      utils: known('9.22.0'),
      running: known(running === undefined ? {} : { [name]: one }),
      configured: known(
        tags === undefined || words.file === false
          ? {}
          : { [name]: { hosts: Object.fromEntries(hosts.map((each) => [each, host])) } },
      ),
      halves: {
        [name]: { signatures: known(signatures), generation: known(generation(metadata)), adjust: known(adjust) },
      },
      ...words.facts,
    },
  };
}

function generation(metadata: NonNullable<SideWords['metadata']>) {
  if (metadata === 'none') return null;
  if (metadata === 'new') return { current: '0000000000000004', consistent: false, upToDate: false };
  return { current: '39F1FAC815F507A0', consistent: metadata === 'data', upToDate: metadata === 'data' };
}

function logical(node: string, tags: readonly string[], bytes: number, open: boolean): LogicalVolume {
  return {
    name,
    uuid: `uuid-${node}`,
    group: 'vg0',
    groupUuid: 'group',
    bytes,
    path: `/dev/vg0/${name}`,
    tags,
    segmentTypes: ['linear'],
    stripes: 1,
    pool: '',
    origin: '',
    active: true,
    open,
    health: '',
    hidden: false,
    zeroes: false,
    monitored: true,
  };
}

export function planned(sides: Readonly<Record<string, SideWords>>, around: Around = {}): Verdict {
  const world = worldOf(sides, around);
  const thing = drbd.expand(world.site, world).find((one) => one.kind === 'drbd');
  if (thing === undefined) throw new Error('no resource was asked for');
  return drbd.plan(thing as Parameters<typeof drbd.plan>[0], world);
}

/** `alpha#up`, in order. */
export function verbs(verdict: Verdict): readonly string[] {
  return verdict.steps.map(({ node, verb }) => `${node}#${verb}`);
}

export function codes(verdict: Verdict): readonly string[] {
  return verdict.diagnostics.map(({ code }) => code);
}
