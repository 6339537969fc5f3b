/** What must hold of everything that a cluster does: no VM twice, none before fencing, none without its disks (X1, P4, Q10). */

import { managedVms, mirrorsOf } from '../../../src/kinds/cluster/members.ts';
import { drbdId, vmId } from '../../../src/kinds/cluster/names.ts';
import type { Site } from '../../../src/kinds/site.ts';

/** Where everything is: by id, the nodes. */
export interface State {
  readonly running: Map<string, Set<string>>;
  readonly promoted: Map<string, Set<string>>;
}

export function nothing(): State {
  return { running: new Map(), promoted: new Map() };
}

/** Follows the actions in the order of the scheduler, and says what was wrong. `dead`: died, and was not shot yet. */
export function follow(said: string, state: State, dead: Set<string>, site: Site): readonly string[] {
  const wrong: string[] = [];
  const actions = said.split('\n').flatMap((line) => {
    const shot = /^ {2}\* Fencing (\S+) /.exec(line)?.[1];
    if (shot !== undefined) return [{ task: 'fence', id: '', node: shot }];
    const [, id = '', task, node = ''] =
      /^ {2}\* Resource action: (\S+) +(start|stop|promote|demote) on (\S+)$/.exec(line) ?? [];
    return task === undefined ? [] : [{ task, id: id.replace(/:\d+$/, ''), node }];
  });
  for (const { task, id, node } of actions) wrong.push(...act(task, id, node, state, dead, site));
  return wrong;
}

function act(task: string, id: string, node: string, state: State, dead: Set<string>, site: Site): readonly string[] {
  const at = (map: State['running']): Set<string> => {
    const set = map.get(id) ?? new Set();
    map.set(id, set);
    return set;
  };
  if (task === 'fence') {
    dead.delete(node);
    for (const set of [...state.running.values(), ...state.promoted.values()]) set.delete(node);
    return [];
  }
  if (task === 'stop') at(state.running).delete(node);
  if (task === 'demote' || task === 'stop') at(state.promoted).delete(node);
  if (task === 'promote') return begin(at(state.promoted), `${id} is promoted`, node, dead);
  if (task !== 'start' || !id.startsWith('vm-')) return [];
  const vm = managedVms(site).find(({ name }) => vmId(name) === id);
  const disks = vm === undefined ? [] : mirrorsOf(vm, site);
  const bare = disks.filter(({ name }) => !state.promoted.get(drbdId(name))?.has(node));
  return [
    ...begin(at(state.running), `${id} starts`, node, dead),
    ...bare.map(({ name }) => `${id} starts on ${node} without its disk ${name}`),
  ];
}

function begin(where: Set<string>, what: string, node: string, dead: ReadonlySet<string>): readonly string[] {
  const others = [...where].filter((one) => one !== node);
  where.add(node);
  return others.map((one) => `${what} on ${node} and is on ${one}${dead.has(one) ? ', which was not shot' : ''}`);
}
