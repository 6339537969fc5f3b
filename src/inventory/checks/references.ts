/** Names that something else has to define. */
import type { Diagnostic } from '../../diagnostic.ts';
import { brief, inlineSecret, pathText } from '../explain.ts';
import { mistake } from '../problem.ts';
import { didYouMean } from '../suggest.ts';
import type { Path } from '../tree.ts';
import { type OnKey, onKeys } from './standing.ts';
import { type Check, entries, groupNodes, groupOf, isList, items, type Section, type Subject } from './subject.ts';

interface Reference {
  readonly section: Section;
  readonly name: string | undefined;
  readonly path: Path;
}

export const references: Check = (subject) => {
  const all = [
    ...ofGroups(subject),
    ...ofVolumes(subject),
    ...ofServed(subject),
    ...ofVms(subject),
    ...ofCluster(subject),
    ...ofSnapshots(subject),
  ];
  return [...all.flatMap((one) => dangling(subject, one)), ...secretReferences(subject), ...placement(subject)];
};

const nouns = {
  nodes: 'node',
  volumeGroups: 'volume group',
  volumes: 'volume',
  images: 'image',
  exports: 'export',
  arrays: 'array',
  vms: 'VM',
  secrets: 'secret',
} as const;

function dangling({ names, locate }: Subject, { section, name, path }: Reference): readonly Diagnostic[] {
  if (name === undefined || names[section].known.has(name)) return [];
  const help = didYouMean(names[section].suggest(name)) ?? otherNames(section, names[section].known);
  const detail = `\`${pathText(path)}\` names the ${nouns[section]} \`${brief(name)}\`, which does not exist.`;
  return [mistake('inventory/unknown-name', locate.value(...path), detail, help)];
}

/** Nodes are few: they can be named. */
function otherNames(section: Section, known: ReadonlySet<string>): string {
  if (section !== 'nodes' || known.size === 0) return `\`${section}\` defines none of this name.`;
  return `The nodes are ${[...known].map(brief).join(', ')}.`;
}

function ofGroups({ draft }: Subject): readonly Reference[] {
  return entries(draft.volumeGroups).flatMap(([group, { nodes, devices }]) => {
    const mapped = devices === undefined || isList(devices) ? [] : Object.keys(devices);
    return [
      ...items(nodes).map(
        ([at, name]) => ({ section: 'nodes', name, path: ['volumeGroups', group, 'nodes', at] }) as const,
      ),
      ...mapped.map((name) => ({ section: 'nodes', name, path: ['volumeGroups', group, 'devices', name] }) as const),
    ];
  });
}

function ofVolumes({ draft }: Subject): readonly Reference[] {
  const own = entries(draft.volumes).flatMap(([volume, { group, replicas }]) => [
    { section: 'volumeGroups', name: group, path: ['volumes', volume, 'group'] } as const,
    ...items(replicas).map(
      ([at, name]) => ({ section: 'nodes', name, path: ['volumes', volume, 'replicas', at] }) as const,
    ),
  ]);
  return [
    { section: 'volumeGroups', name: draft.defaults?.volume?.group, path: ['defaults', 'volume', 'group'] },
    ...own,
  ];
}

function ofVms({ draft }: Subject): readonly Reference[] {
  return entries(draft.vms).flatMap(([vm, { home, disks }]) => [
    { section: 'nodes', name: home, path: ['vms', vm, 'home'] } as const,
    ...items(disks).flatMap(([at, disk]) => onOf(disk, ['vms', vm, 'disks', at])),
  ]);
}

function ofCluster({ draft }: Subject): readonly Reference[] {
  return items(draft.cluster?.nodes).map(
    ([at, name]) => ({ section: 'nodes', name, path: ['cluster', 'nodes', at] }) as const,
  );
}

function ofSnapshots({ draft }: Subject): readonly Reference[] {
  return entries(draft.snapshots).flatMap(([policy, { vms }]) =>
    items(vms).map(([at, name]) => ({ section: 'vms', name, path: ['snapshots', policy, 'vms', at] }) as const),
  );
}

function ofServed({ draft }: Subject): readonly Reference[] {
  const nodes = (path: Path, names: readonly (string | undefined)[] | undefined): readonly Reference[] =>
    items(names).map(([at, name]) => ({ section: 'nodes', name, path: [...path, at] }));
  const images = entries(draft.images).map(
    ([image, { node }]) => ({ section: 'nodes', name: node, path: ['images', image, 'node'] }) as const,
  );
  const exported = entries(draft.exports).flatMap(([name, spec]) => [
    ...onOf(spec, ['exports', name]),
    { section: 'nodes', name: spec.from, path: ['exports', name, 'from'] } as const,
    ...nodes(['exports', name, 'to'], spec.to),
  ]);
  const arrays = entries(draft.arrays).flatMap(([name, { node, members }]) => [
    { section: 'nodes', name: node, path: ['arrays', name, 'node'] } as const,
    ...items(members).flatMap(([at, member]) => onOf(member, ['arrays', name, 'members', at])),
  ]);
  return [...images, ...exported, ...arrays];
}

/** What something stands on. */
function onOf(spec: { readonly [Key in OnKey]?: string }, path: Path): readonly Reference[] {
  return onKeys.flatMap((key) =>
    spec[key] === undefined ? [] : [{ section: `${key}s` as const, name: spec[key], path: [...path, key] }],
  );
}

/** A name that is near to no secret may be the secret itself: it is not repeated in the message. */
function secretReferences(subject: Subject): readonly Diagnostic[] {
  const { draft, names, locate } = subject;
  const uses: [Path, unknown][] = [
    [['defaults', 'replication', 'secret'], draft.defaults?.replication?.secret],
    [['defaults', 'ssh', 'sudoPassword'], draft.defaults?.ssh?.sudoPassword],
    ...entries(draft.nodes).map(([node, { ssh }]): [Path, unknown] => [
      ['nodes', node, 'ssh', 'sudoPassword'],
      ssh?.sudoPassword,
    ]),
    [['cluster', 'secret'], draft.cluster?.secret],
    ...entries(draft.nodes).map(([node, { fence }]): [Path, unknown] => [
      ['nodes', node, 'fence', 'password'],
      fence?.password,
    ]),
    ...entries(draft.exports).flatMap(([name, { chap }]): [Path, unknown][] => [
      [['exports', name, 'chap', 'password'], chap?.password],
      [['exports', name, 'chap', 'mutual', 'password'], chap?.mutual?.password],
    ]),
  ];
  return uses.flatMap(([path, name]) => {
    if (typeof name !== 'string' || names.secrets.known.has(name)) return [];
    if (names.secrets.suggest(name) === undefined) return [inlineSecret(path, locate)];
    return dangling(subject, { section: 'secrets', name, path });
  });
}

/** Replicas on nodes that have the group, and pools that the group has. */
function placement(subject: Subject): readonly Diagnostic[] {
  const { draft, locate, names } = subject;
  // Of a group with a refused node nothing is said: that node may be the one.
  const whole = entries(draft.volumeGroups).filter(([, group]) => group.nodes?.includes(undefined) !== true);
  const nodesOf = new Map(whole.map(([name, group]) => [name, new Set(groupNodes(group))]));
  return entries(draft.volumes).flatMap(([name, volume]) => {
    const group = groupOf(subject, volume);
    const nodes = nodesOf.get(group ?? '');
    const found = items(volume.replicas)
      .filter(([, node]) => nodes !== undefined && nodes.size > 0 && names.nodes.known.has(node) && !nodes.has(node))
      .filter(([, node]) => !locate.has('volumeGroups', group ?? '', 'devices', node))
      .map(([at, node]) => {
        const detail = `\`volumes.${name}\` has a replica on ${node}, where the volume group ${group} is not.`;
        return mistake(
          'inventory/not-on-node',
          locate.value('volumes', name, 'replicas', at),
          detail,
          `\`volumeGroups.${group}\` names its nodes.`,
        );
      });
    if (volume.thinPool === undefined || group === undefined || !names.volumeGroups.known.has(group)) return found;
    if (locate.has('volumeGroups', group, 'thinPools', volume.thinPool)) return found;
    const detail = `\`volumes.${name}.thinPool\` names the pool \`${volume.thinPool}\`, which the volume group ${group} does not have.`;
    return [
      ...found,
      mistake(
        'inventory/unknown-name',
        locate.value('volumes', name, 'thinPool'),
        detail,
        `\`volumeGroups.${group}.thinPools\` defines pools.`,
      ),
    ];
  });
}
