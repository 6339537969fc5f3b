/** What can be asked about, by its name in the inventory, and what it stands on. Pure. */
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import { importersOf } from '../kinds/reach.ts';
import type { Backing } from '../kinds/site/backing.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeName } from '../step.ts';

const sections = { volume: 'volumes', vm: 'vms', node: 'nodes', export: 'exports', array: 'arrays' } as const;
export type SubjectKind = keyof typeof sections;
const subjectKinds = Object.keys(sections) as readonly SubjectKind[];

export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

export function nameOf({ kind, name }: Subject): string {
  return `${kind}/${name}`;
}

/** `web-root`, or `volume/web-root` where several things have one name. */
export function subjectCalled(word: string, site: Site): Result<Subject> {
  const all = subjectKinds.flatMap((kind) => Object.keys(site[sections[kind]]).map((name) => ({ kind, name })));
  const found = all.filter((one) => one.name === word || nameOf(one) === word);
  const [only, ...more] = found;
  if (only === undefined) return failed(unknownThing(word, all));
  return more.length === 0 ? ok(only) : failed(ambiguous(word, found));
}

function unknownThing(word: string, all: readonly Subject[]): Diagnostic {
  const near = suggestFrom(all.flatMap((one) => (word.includes('/') ? [nameOf(one)] : [one.name])))(word);
  return error('why/no-such-thing', 'The inventory has no such thing', `Nothing in it is called \`${word}\`.`, {
    help: [didYouMean(near), 'It may be a volume, a VM, a node, an export or an array.'].join(' ').trim(),
  });
}

function ambiguous(word: string, found: readonly Subject[]): Diagnostic {
  const detail = `\`${word}\` is ${found.map(nameOf).join(' and ')}.`;
  return error('why/ambiguous', 'Several things have this name', detail, {
    help: `Name one: ${found.map((one) => `\`sanctl why ${nameOf(one)}\``).join(' or ')}.`,
  });
}

/** The thing itself, then all that it stands on, each once. */
export function chainOf(subject: Subject, site: Site): readonly Subject[] {
  const chain = new Map<string, Subject>();
  const walk = (one: Subject): void => {
    if (chain.has(nameOf(one))) return;
    chain.set(nameOf(one), one);
    for (const below of belowOf(one, site)) walk(below);
  };
  walk(subject);
  return [...chain.values()];
}

function belowOf({ kind, name }: Subject, site: Site): readonly Subject[] {
  switch (kind) {
    case 'vm':
      return site.vms[name]?.disks.flatMap(subjectOf) ?? [];
    case 'array':
      return site.arrays[name]?.members.flatMap(subjectOf) ?? [];
    case 'export': {
      const exported = site.exports[name];
      return exported === undefined ? [] : subjectOf(exported.backing);
    }
    case 'node':
      return onNode(name, site);
    case 'volume':
      return [];
  }
}

/** An image is a file below an export or an array, which speak for it. */
function subjectOf(on: Backing): readonly Subject[] {
  if ('volume' in on) return [{ kind: 'volume', name: on.volume }];
  if ('export' in on) return [{ kind: 'export', name: on.export }];
  return 'array' in on ? [{ kind: 'array', name: on.array }] : [];
}

/** What lives there, or is served or imported there. */
function onNode(node: NodeName, site: Site): readonly Subject[] {
  return [
    ...Object.values(site.vms).flatMap(({ name, home }) => (home === node ? [{ kind: 'vm', name } as const] : [])),
    ...Object.values(site.volumes).flatMap(({ name, replicas }) =>
      replicas.includes(node) ? [{ kind: 'volume', name } as const] : [],
    ),
    ...Object.values(site.exports).flatMap((one) =>
      one.from === node || importersOf(one, site).includes(node) ? [{ kind: 'export', name: one.name } as const] : [],
    ),
    ...Object.values(site.arrays).flatMap((one) =>
      one.node === node ? [{ kind: 'array', name: one.name } as const] : [],
    ),
  ];
}
