/** What a check looks at, and the few phrases that checks share. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Draft, Partially } from '../draft.ts';
import { pathText } from '../explain.ts';
import { mistake } from '../problem.ts';
import type { VolumeSpec } from '../schema/volume.ts';
import type { VolumeGroupSpec } from '../schema/volume-group.ts';
import type { Suggest } from '../suggest.ts';
import type { Locate, Path } from '../tree.ts';

export type Section = 'nodes' | 'volumeGroups' | 'volumes' | 'images' | 'exports' | 'arrays' | 'vms' | 'secrets';

/** The names that a section defines, also those of entries that the schema refuses. */
export interface Names {
  readonly known: ReadonlySet<string>;
  readonly suggest: Suggest;
}

export interface Subject {
  readonly draft: Draft;
  readonly names: Readonly<Record<Section, Names>>;
  readonly locate: Locate;
}

export type Check = (subject: Subject) => readonly Diagnostic[];

export function entries<T>(record: { readonly [name: string]: T } | undefined): [string, T][] {
  return Object.entries(record ?? {});
}

/** The items of a list with their index, without the holes. */
export function items<T>(list: readonly (T | undefined)[] | undefined): [number, T][] {
  return (list ?? []).flatMap((item, at): [number, T][] => (item === undefined ? [] : [[at, item]]));
}

export function ownValue<T>(
  record: { readonly [name: string]: T } | undefined,
  name: string | undefined,
): T | undefined {
  return record !== undefined && name !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A thing that only one may have. */
export interface Use {
  /** Equal for two uses that clash. */
  readonly key: string;
  /** What is used, for people: `port 7788 on alpha`. */
  readonly what: string;
  readonly path: Path;
}

/** One diagnostic for each place that uses what an earlier one uses. */
export function usedTwice({ locate }: Subject, uses: readonly Use[], help: string): readonly Diagnostic[] {
  const first = new Map<string, Use>();
  const told = new Set<string>();
  return uses.flatMap((use) => {
    const before = first.get(use.key);
    if (before === undefined) first.set(use.key, use);
    const place = use.path.join('\n');
    if (before === undefined || told.has(place)) return [];
    told.add(place);
    return [
      mistake(
        'inventory/duplicate',
        locate.value(...use.path),
        `${use.what} is already used by \`${pathText(before.path)}\`.`,
        help,
      ),
    ];
  });
}

/** Nodes of a group: those named, or those for which it has devices. */
export function groupNodes(group: Partially<VolumeGroupSpec> | undefined): readonly string[] {
  if (group?.nodes !== undefined) return items(group.nodes).map(([, node]) => node);
  return group?.devices !== undefined && !isList(group.devices) ? Object.keys(group.devices) : [];
}

export function devicesOn(group: Partially<VolumeGroupSpec>, node: string): readonly (string | undefined)[] {
  if (group.devices === undefined) return [];
  return isList(group.devices) ? group.devices : (ownValue(group.devices, node) ?? []);
}

export function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}

export function groupOf({ draft }: Subject, volume: Partially<VolumeSpec>): string | undefined {
  return volume.group ?? draft.defaults?.volume?.group;
}

export function isReplicated(volume: Partially<VolumeSpec>): boolean {
  return (volume.replicas?.length ?? 0) > 1;
}
