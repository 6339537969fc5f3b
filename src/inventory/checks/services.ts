/** Services of a cluster: each tied to a mirror between members that nobody else uses, or refused (P4, X1). */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { ServiceSpec } from '../schema/service.ts';
import { canonical } from './nodes.ts';
import { type Check, entries, items, ownValue, type Subject, type Use, usedTwice } from './subject.ts';
import { usedIn } from './users.ts';

type Draft = Partially<ServiceSpec>;

export const services: Check = (subject) => {
  const all = entries(subject.draft.services);
  return [...all.flatMap(([name, one]) => check(name, one, subject)), ...shared(all, subject)];
};

function check(name: string, one: Draft, subject: Subject): readonly Diagnostic[] {
  const { draft, locate, names } = subject;
  const key = locate.key('services', name);
  if (!locate.has('cluster'))
    return [
      mistake('inventory/conflict', key, `\`services.${name}\` is the cluster’s, and there is no cluster.`, cluster),
    ];
  if (draft.cluster?.engine === 'heartbeat')
    return [
      mistake(
        'inventory/not-supported',
        key,
        `\`services.${name}\`: the classic heartbeat has none of them here.`,
        '`engine: pacemaker` has (docs/services.md).',
      ),
    ];
  const members = items(draft.cluster?.nodes).map(([, node]) => node);
  const stranger = one.home !== undefined && members.length > 1 && !members.includes(one.home);
  const unknown = one.volume !== undefined && !names.volumes.known.has(one.volume);
  return [
    ...(stranger
      ? [
          mistake(
            'inventory/conflict',
            locate.value('services', name, 'home'),
            `The home ${one.home} of \`services.${name}\` is no member of the cluster.`,
          ),
        ]
      : []),
    ...(unknown
      ? [
          mistake(
            'inventory/unknown-name',
            locate.value('services', name, 'volume'),
            `\`services.${name}.volume\` names the volume \`${one.volume}\`, which does not exist.`,
          ),
        ]
      : []),
    ...onMirror(name, one, members, subject),
  ];
}

const cluster = 'Write the section `cluster` (docs/cluster.md).';

/** P4, D11: what is not mirrored between members stays behind when its node dies. */
function onMirror(
  name: string,
  { home, volume }: Draft,
  members: readonly string[],
  subject: Subject,
): readonly Diagnostic[] {
  const { draft, locate } = subject;
  const mirror = ownValue(draft.volumes, volume);
  if (volume === undefined || mirror === undefined) return [];
  const replicas = items(mirror.replicas).map(([, node]) => node);
  if (replicas.length !== (mirror.replicas?.length ?? 0)) return [];
  const at = locate.value('services', name, 'volume');
  const say = (detail: string, help?: string): Diagnostic => mistake('inventory/unsafe', at, detail, help);
  const outside = replicas.filter((node) => !members.includes(node));
  const protocol = mirror.protocol ?? draft.defaults?.replication?.protocol ?? 'C';
  const users = usedIn(subject).find((used) => used.section === 'volumes' && used.name === volume)?.users ?? [];
  return [
    ...(replicas.length < 2
      ? [
          say(
            `\`services.${name}\` is on ${volume}, which is on ${replicas.join('') || 'one node'} alone (P4).`,
            `Give \`volumes.${volume}\` a replica on another member.`,
          ),
        ]
      : []),
    ...(replicas.length > 1 && outside.length > 0
      ? [
          say(
            `\`services.${name}\` is on ${volume}, and its replica on ${outside.join(', ')} is outside the cluster (P4).`,
          ),
        ]
      : []),
    ...(home !== undefined && members.includes(home) && replicas.length > 1 && !replicas.includes(home)
      ? [
          mistake(
            'inventory/conflict',
            locate.value('services', name, 'home'),
            `The home ${home} of \`services.${name}\` has no replica of ${volume}.`,
          ),
        ]
      : []),
    ...(protocol === 'C'
      ? []
      : [
          say(
            `\`services.${name}\` is on ${volume}, which has protocol ${protocol}: what was acknowledged could be lost (D11).`,
          ),
        ]),
    ...users.map(({ who }) =>
      say(
        `\`services.${name}\` mounts ${volume}, and ${who} uses it as well: two would write (X1).`,
        'Give each a volume of its own.',
      ),
    ),
  ];
}

/** One mount point, one mirror, one address, one unit: whoever comes second would take it from the first. */
function shared(all: readonly [string, Draft][], subject: Subject): readonly Diagnostic[] {
  const uses = all.flatMap(([name, { volume, mount, address, units }]): Use[] => {
    const path = (key: string, at?: number) => ['services', name, key, ...(at === undefined ? [] : [at])];
    return [
      ...(volume === undefined
        ? []
        : [{ key: `volume ${volume}`, what: `The volume ${volume}`, path: path('volume') }]),
      ...(mount === undefined
        ? []
        : [{ key: `mount ${mount}`, what: `The mount point ${mount}`, path: path('mount') }]),
      ...(address === undefined ? [] : [addressOf(address, path('address'))]),
      ...items(units).map(([at, unit]) => ({ key: `unit ${unit}`, what: `The unit ${unit}`, path: path('units', at) })),
    ];
  });
  const nodes = entries(subject.draft.nodes).flatMap(([node, one]): Use[] =>
    (['address', 'ring1'] as const).flatMap((key) => {
      const text = one[key];
      return text === undefined ? [] : [addressOf(text, ['nodes', node, key])];
    }),
  );
  const mounts = entries(subject.draft.arrays).flatMap(([array, { filesystem }]): Use[] =>
    filesystem?.mount === undefined
      ? []
      : [
          {
            key: `mount ${filesystem.mount}`,
            what: `The mount point ${filesystem.mount}`,
            path: ['arrays', array, 'filesystem', 'mount'],
          },
        ],
  );
  // What two nodes share is told elsewhere.
  return usedTwice(subject, [...nodes, ...mounts, ...uses], 'Each service has its own.').filter(({ detail }) =>
    uses.some(({ what }) => detail.startsWith(`${what} is already`)),
  );
}

function addressOf(text: string, path: Use['path']): Use {
  const [address = text] = text.split('/');
  return { key: `address ${canonical(address)}`, what: `The address ${address}`, path };
}
