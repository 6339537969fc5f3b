/**
 * A large site and the facts of its nodes, all as wished but for a few: pairs of hosts with twenty volumes each, ten of them
 * mirrored by DRBD, and a virtual machine that runs on the first of them. What kinds ask for on behalf of others (files, packages, modules, units) is read out of their own
 * `expand`, so that the facts stay true when a template changes.
 */
import type { FileWant } from '../../src/kinds/file/thing.ts';
import { known, unknown } from '../../src/kinds/reading.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site, Volume } from '../../src/kinds/site.ts';
import { sliceBytes } from '../../src/kinds/volume/size.ts';
import type { NodeFacts, World } from '../../src/kinds/world.ts';
import { blankFacts } from '../../src/observe/facts.ts';
import type { PlanInput } from '../../src/plan/make.ts';
import { things } from '../../src/plan/things.ts';
import type { NodeName } from '../../src/step.ts';
import { sha256 } from '../../src/template/content.ts';
import { templateFiles } from '../../src/template/files.ts';
import { templateRenderer } from '../../src/template/render.ts';
import { blankSite } from '../../test/blank-site.ts';
import { domainFacts, vmOn } from './domain-facts.ts';
import { drbdFacts } from './drbd-facts.ts';
import { extentBytes, group, groupFacts, volumeFacts } from './lvm-facts.ts';

const volumesForEachPair = 20;
/** Volumes that are not there yet, and volumes that are smaller than the inventory says: what a day's work changes. */
const [missing, small] = [10, 10];

/** Everything that `makePlan` takes. The number of nodes is even. */
export function fleet(nodeCount: number): PlanInput {
  const site = siteOf(nodeCount);
  const byNode = volumesByNode(site);
  const [render, digest] = [
    templateRenderer(templateFiles()),
    (content: FileWant['content']) => sha256(content, () => ''),
  ];
  const options = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };
  const changed = Object.values(site.volumes)
    .filter(isLonely)
    .slice(0, missing + small);
  const less = new Map(changed.map(({ name, bytes }, at) => [name, at < missing ? 0 : bytes - extentBytes]));
  const facts = new Map(
    Object.keys(site.nodes).map((node, at) => {
      const own = (byNode.get(node) ?? []).map((volume) => ({
        ...volume,
        bytes: less.get(volume.name) ?? volume.bytes,
      }));
      return [
        node,
        factsOf(
          site,
          node,
          at,
          own.filter(({ bytes }) => bytes > 0),
        ),
      ] as const;
    }),
  );
  const world: World = {
    site,
    leftOut: [],
    answers: () => new Map(),
    render,
    digest,
    imageBytes: () => unknown('no images'),
    allowDestroy: new Set(),
    adopt: new Set(),
    waitSync: false,
    have: (kind, node) => (facts.get(node) as NodeFacts)[kind],
  };
  fulfil(world, facts);
  return { kinds, site, facts, options, offline: false, render, digest };
}

function isLonely({ replicas }: Volume): boolean {
  return replicas.length === 1;
}

/** The first volume of each pair. */
function isRoot({ name }: Volume): boolean {
  return (Number(name.replace(/\D/g, '')) - 1) % volumesForEachPair === 0;
}

function siteOf(nodeCount: number): Site {
  const names = Array.from({ length: nodeCount }, (_, at) => `node${String(at + 1).padStart(5, '0')}`);
  const nodes = names.map((name, at) => {
    const address = `10.77.${Math.floor(at / 250)}.${(at % 250) + 1}`;
    return [name, { name, address, ssh: { host: name } }] as const;
  });
  const volumes = Array.from({ length: (nodeCount / 2) * volumesForEachPair }, (_, at) => volumeAt(at, names));
  return {
    ...blankSite,
    name: 'fleet',
    nodes: Object.fromEntries(nodes),
    volumeGroups: {
      [group]: { name: group, devices: Object.fromEntries(names.map((name) => [name, ['/dev/vdb']])), thinPools: {} },
    },
    volumes: Object.fromEntries(volumes.map((volume) => [volume.name, volume])),
    vms: Object.fromEntries(
      volumes
        .filter(isRoot)
        .map(vmOn)
        .map((vm) => [vm.name, vm]),
    ),
  };
}

function volumeAt(at: number, names: readonly NodeName[]): Volume {
  const pair = Math.floor(at / volumesForEachPair);
  const [first, second] = [names[2 * pair] ?? '', names[2 * pair + 1] ?? ''];
  const common = { name: `volume${at + 1}`, bytes: 2 ** 30, group, stripes: 1, state: 'present' } as const;
  if (at % 2 === 1) return { ...common, replicas: [at % 4 === 1 ? first : second] };
  const replication = { protocol: 'C', firstSync: 'full', source: first, maxRate: 100 * 2 ** 20 } as const;
  return { ...common, replicas: [first, second], replication };
}

function volumesByNode(site: Site): ReadonlyMap<NodeName, readonly Volume[]> {
  const byNode = new Map<NodeName, Volume[]>();
  for (const volume of Object.values(site.volumes)) {
    for (const node of volume.replicas) byNode.set(node, [...(byNode.get(node) ?? []), volume]);
  }
  return byNode;
}

function factsOf(site: Site, node: NodeName, at: number, volumes: readonly Volume[]): NodeFacts {
  const sized = volumes.map((volume) => ({ volume, bytes: sliceBytes(volume, extentBytes) }));
  return {
    ...blankFacts(kinds, site, node),
    package: { packages: known({}), candidates: known({}) },
    module: { loaded: known([]), files: {}, parameters: {} },
    file: { files: {}, written: known({}), domainFiles: [], shipped: {} },
    service: { units: {} },
    volumeGroup: groupFacts(at),
    volume: { volumes: known(sized.map((one) => volumeFacts(one.volume, one.bytes, at))) },
    drbd: drbdFacts(
      volumes.filter((one) => !isLonely(one)),
      node,
    ),
    domain: domainFacts(volumes.filter(isRoot).map(vmOn), node),
  } as NodeFacts;
}

/** What the kinds ask for on behalf of others, as it would be found. */
function fulfil(world: World, facts: Map<NodeName, NodeFacts>): void {
  for (const { kind, nodes, want } of things(kinds, world.site, world)) {
    for (const node of nodes) {
      const have = facts.get(node) as NodeFacts;
      const found = foundFacts(kind, want, have, world);
      if (found !== undefined) facts.set(node, { ...have, ...found });
    }
  }
}

function foundFacts(kind: string, want: unknown, have: NodeFacts, world: World): Partial<NodeFacts> | undefined {
  if (kind === 'package') {
    const state = { want: 'install', error: 'ok', status: 'installed', version: '1' };
    const { packages } = want as { readonly packages: readonly string[] };
    return { package: { ...have.package, packages: known(Object.fromEntries(packages.map((name) => [name, state]))) } };
  }
  if (kind === 'module') {
    const { module } = want as { readonly module: string };
    const files = { [module]: known({ version: '8.4.11' }) };
    return { module: { loaded: known([module]), files, parameters: { [`${module}.disable_sendpage`]: known('Y') } } };
  }
  if (kind === 'service') {
    const { unit } = want as { readonly unit: string };
    const state = known({ load: 'loaded', active: 'inactive', enabled: 'disabled' });
    return { service: { units: { ...have.service.units, [unit]: state } } };
  }
  return kind === 'file' ? { file: withFile(have.file, want as FileWant, world) } : undefined;
}

function withFile(file: NodeFacts['file'], { path, content, mode }: FileWant, world: World): NodeFacts['file'] {
  const sha = world.digest(content) ?? '';
  const text = content.join('');
  const state = { type: 'file', mode, owner: '0:0', bytes: text.length, sha256: sha, md5: '', text } as const;
  const written = file.written.known ? file.written.value : {};
  return {
    ...file,
    files: { ...file.files, [path]: known(state) },
    written: known({ ...written, [path]: sha }),
  };
}
