/** How every volume with one replica is; of those with more, its mirror is what counts. Pure. */
import { formatSize } from '../../quantity.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import type { Volume } from '../site.ts';
import type { LogicalVolume } from './facts.ts';

/** What is missing or differs is what a plan would change: `sanctl verify` has it. */
export function health({ site, facts }: Looked): Health {
  const plain = Object.values(site.volumes).filter(({ replicas, state }) => replicas.length < 2 && state === 'present');
  return { rows: plain.map((volume) => rowOf(volume, facts)), findings: [] };
}

function rowOf({ name, group, replicas, bytes }: Volume, facts: Looked['facts']): Row {
  const [node = ''] = replicas;
  const volumes = facts.get(node)?.volume.volumes;
  const shared = { section: 'volume', name, nodes: replicas, detail: [node, formatSize(bytes)] } as const;
  if (volumes?.known !== true) return { ...shared, level: 'unknown', state: 'unknown', figures: [] };
  const found = volumes.value.find((one) => one.group === group && one.name === name);
  const [level, state] = stateOf(found);
  return { ...shared, level, state, figures: [figure('volume_present', found?.active === true, node)] };
}

function stateOf(found: LogicalVolume | undefined): readonly [Level, string] {
  if (found === undefined) return ['broken', 'not there'];
  if (found.health !== '') return ['broken', found.health];
  return found.active ? ['fine', found.open ? 'in use' : 'there'] : ['weak', 'inactive'];
}
