/** Who uses what: disks of VMs, exports, members of arrays and file systems, each with the node where it does. */
import type { Path } from '../tree.ts';
import { type OnKey, onKeys } from './standing.ts';
import { entries, items, type Subject } from './subject.ts';

export interface User {
  readonly is: 'vm' | 'export' | 'array' | 'filesystem';
  readonly name: string;
  /** For people: `web`, `the export isos`. */
  readonly who: string;
  /** The same with its place: `web lives on alpha`. */
  readonly place: string;
  readonly node: string | undefined;
  readonly readOnly: boolean;
  /** Where it names what it uses. */
  readonly path: Path;
}

/** Something that is used, and by whom: in the order of the inventory, VMs first. */
export interface Used {
  readonly section: `${OnKey}s`;
  readonly name: string;
  readonly users: readonly User[];
}

export function usedIn({ draft: { vms, exports, arrays } }: Subject): readonly Used[] {
  const all = new Map<string, Used & { readonly users: User[] }>();
  const add = (user: User, used: { readonly [Key in OnKey]?: string }): void => {
    for (const key of onKeys) {
      const name = used[key];
      if (name === undefined) continue;
      const address = `${key}s.${name}`;
      const one = all.get(address) ?? { section: `${key}s`, name, users: [] };
      all.set(address, one);
      one.users.push({ ...user, path: user.is === 'filesystem' ? user.path : [...user.path, key] });
    }
  };
  // `readOnly` is always there, by the schema's default, unless it was refused; then nothing follows from it.
  for (const [vm, { home, disks }] of entries(vms))
    for (const [at, disk] of items(disks)) {
      const path = ['vms', vm, 'disks', at];
      const place = `${vm} lives on ${home}`;
      add({ is: 'vm', name: vm, who: vm, place, node: home, readOnly: disk.readOnly ?? true, path }, disk);
    }
  for (const [name, one] of entries(exports)) {
    const who = `the export ${name}`;
    const place = `The export ${name} is served from ${one.from}`;
    const { from: node, readOnly = true } = one;
    add({ is: 'export', name, who, place, node, readOnly, path: ['exports', name] }, one);
  }
  for (const [name, { node, members, filesystem }] of entries(arrays)) {
    const user = { name, place: `The array ${name} is on ${node}`, node, readOnly: false };
    for (const [at, member] of items(members))
      add({ ...user, is: 'array', who: `the array ${name}`, path: ['arrays', name, 'members', at] }, member);
    if (filesystem !== undefined)
      add({ ...user, is: 'filesystem', who: 'its file system', path: ['arrays', name, 'filesystem'] }, { array: name });
  }
  return [...all.values()];
}
