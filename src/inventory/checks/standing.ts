/** What disks, exports and members of arrays stand on: exactly one thing each. */
import type { Diagnostic } from '../../diagnostic.ts';
import { pathText } from '../explain.ts';
import { mistake } from '../problem.ts';
import type { Path } from '../tree.ts';
import { type Check, entries, items, type Subject } from './subject.ts';

export const onKeys = ['volume', 'image', 'export', 'array'] as const;
export type OnKey = (typeof onKeys)[number];

export const standing: Check = (subject) => {
  const { vms, exports, arrays } = subject.draft;
  return [
    ...entries(exports).flatMap(([name]) => exactlyOne(['exports', name], ['volume', 'image', 'array'], subject)),
    ...entries(arrays).flatMap(([name, { members }]) =>
      items(members).flatMap(([at]) =>
        exactlyOne(['arrays', name, 'members', at], ['export', 'volume', 'image'], subject),
      ),
    ),
    ...entries(vms).flatMap(([name, { disks }]) =>
      items(disks).flatMap(([at]) => exactlyOne(['vms', name, 'disks', at], ['volume', 'export', 'array'], subject)),
    ),
  ];
};

function exactlyOne(path: Path, keys: readonly OnKey[], { locate }: Subject): readonly Diagnostic[] {
  const [first, second] = keys.filter((key) => locate.has(...path, key));
  const name = `\`${pathText(path)}\``;
  if (first === undefined)
    return [mistake('inventory/missing-key', locate.key(...path), `${name} has none of ${keys.join(', ')}.`)];
  if (second === undefined) return [];
  const detail = `${name} has both ${first} and ${second}; it stands on one thing.`;
  return [mistake('inventory/conflict', locate.key(...path, second), detail)];
}
