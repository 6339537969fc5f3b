/** Volume groups: which disks, on which nodes, and names that fit. */
import type { Diagnostic } from '../../diagnostic.ts';
import { pathText } from '../explain.ts';
import { mistake } from '../problem.ts';
import type { Path } from '../tree.ts';
import {
  type Check,
  devicesOn,
  entries,
  groupNodes,
  groupOf,
  isList,
  items,
  type Subject,
  type Use,
  usedTwice,
} from './subject.ts';

export const groups: Check = (subject) => [
  ...listed(subject),
  ...usedTwice(subject, deviceUses(subject), 'A disk belongs to one volume group, once.'),
  ...usedTwice(subject, volumeNames(subject), 'Volumes and thin pools of a group need names of their own.'),
  ...longNames(subject),
];

/** `nodes` and `devices` name the same nodes. */
function listed({ draft, locate }: Subject): readonly Diagnostic[] {
  return entries(draft.volumeGroups).flatMap(([name, { nodes, devices }]) => {
    if (devices === undefined) return [];
    const path = ['volumeGroups', name];
    if (isList(devices)) {
      if (locate.has(...path, 'nodes')) return [];
      const help = 'Name the nodes, or give `devices` a list for each node.';
      return [mistake('inventory/missing-key', locate.key(...path), `\`${pathText(path)}\` has no \`nodes\`.`, help)];
    }
    const wanted = new Set(nodes);
    const lacking = items(nodes).filter(([, node]) => !locate.has(...path, 'devices', node));
    const extra =
      nodes === undefined || wanted.has(undefined) ? [] : Object.keys(devices).filter((node) => !wanted.has(node));
    return [
      ...lacking.map(([at, node]) =>
        mistake(
          'inventory/conflict',
          locate.value(...path, 'nodes', at),
          `\`${pathText(path)}.devices\` has no devices for ${node}.`,
        ),
      ),
      ...extra.map((node) =>
        mistake(
          'inventory/conflict',
          locate.key(...path, 'devices', node),
          `\`${pathText(path)}.nodes\` does not name ${node}.`,
        ),
      ),
    ];
  });
}

function deviceUses({ draft }: Subject): readonly Use[] {
  return entries(draft.volumeGroups).flatMap(([name, group]) =>
    [...new Set(groupNodes(group))].flatMap((node) => {
      const own: Path = group.devices !== undefined && !isList(group.devices) ? [node] : [];
      return items(devicesOn(group, node)).map(([at, device]) => ({
        key: JSON.stringify([node, device]),
        what: `${device} on ${node}`,
        path: ['volumeGroups', name, 'devices', ...own, at],
      }));
    }),
  );
}

/** Logical volumes by group: what LVM sees. */
function volumeNames(subject: Subject): readonly Use[] {
  const { draft } = subject;
  const use = (group: string | undefined, volume: string, path: Path): Use => ({
    key: JSON.stringify([group, volume]),
    what: `The name ${volume} in the volume group ${group}`,
    path,
  });
  const pools = entries(draft.volumeGroups).flatMap(([group, { thinPools }]) =>
    entries(thinPools).map(([pool]) => use(group, pool, ['volumeGroups', group, 'thinPools', pool])),
  );
  return [
    ...pools,
    ...entries(draft.volumes).map(([name, volume]) => use(groupOf(subject, volume), name, ['volumes', name])),
  ];
}

/** The device-mapper name is `group-volume` with hyphens doubled, below 128 characters (safety.md 4.3). A pool adds `_tmeta`. */
function longNames(subject: Subject): readonly Diagnostic[] {
  const { draft, locate } = subject;
  const tell = (group: string, volume: string, path: Path, more: number): readonly Diagnostic[] => {
    const length = `${group}${volume}`.replaceAll('-', '--').length + 1 + more;
    if (length < 128) return [];
    const detail = `The device-mapper name of ${volume} in ${group} has ${length} characters; 127 are the most. Hyphens count twice.`;
    return [mistake('inventory/conflict', locate.key(...path), detail, 'Take a shorter name.')];
  };
  return [
    ...entries(draft.volumes).flatMap(([name, volume]) =>
      tell(groupOf(subject, volume) ?? '', name, ['volumes', name], 0),
    ),
    ...entries(draft.volumeGroups).flatMap(([group, { thinPools }]) =>
      entries(thinPools).flatMap(([pool]) =>
        tell(group, pool, ['volumeGroups', group, 'thinPools', pool], '_tmeta'.length),
      ),
    ),
  ];
}
