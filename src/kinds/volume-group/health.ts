/** How every volume group is on each of its nodes, and how much of it is left. Pure. */
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { unreadable } from '../reading.ts';
import type { GroupState } from './facts.ts';

export function health({ site, facts }: Looked): Health {
  const rows = Object.values(site.volumeGroups).flatMap(({ name, devices }) =>
    Object.keys(devices).map((node) => rowOf(name, node, facts)),
  );
  const findings = [...facts].flatMap(
    ([
      node,
      {
        volumeGroup: { groups, lvm },
      },
    ]) => (groups.known || lvm === 'absent' ? [] : [unreadable('volumeGroup', node, groups.why)]),
  );
  return { rows, findings };
}

function rowOf(name: string, node: NodeName, facts: Looked['facts']): Row {
  const have = facts.get(node)?.volumeGroup;
  const shared = { section: 'group', name: `${name}@${node}`, nodes: [node] } as const;
  if (have === undefined || (!have.groups.known && have.lvm !== 'absent'))
    return { ...shared, level: 'unknown', state: 'unknown', detail: [], figures: [] };
  const found = have.groups.known ? have.groups.value.find((one) => one.name === name) : undefined;
  if (found === undefined) return { ...shared, level: 'broken', state: 'not there', detail: [], figures: [] };
  const [level, state] = stateOf(found);
  const free = found.freeExtents * found.extentBytes;
  return {
    ...shared,
    level,
    state,
    detail: [`${formatSize(free)} of ${formatSize(found.bytes)} free`],
    figures: [figure('group_bytes', found.bytes, node), figure('group_free_bytes', free, node)],
  };
}

/** L8. */
function stateOf({ missingPvs, exported }: GroupState): readonly [Level, string] {
  if (missingPvs > 0) return ['broken', 'disks missing'];
  return exported ? ['broken', 'exported'] : ['fine', 'whole'];
}
