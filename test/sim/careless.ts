/** Kinds that were made careless, for the checkers to catch (C13). */
import type { Kind, Thing } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Content } from '../../src/shell/command.ts';

/** The kinds, one of them changed. */
export function withKind(name: string, change: (kind: Kind) => Partial<Kind>): readonly Kind[] {
  return kinds.map((kind) => (kind.name === name ? { ...kind, ...change(kind) } : kind));
}

/** A file that a kind writes, with one text in it replaced. */
export function withText(name: string, path: string, from: string, to: string): readonly Kind[] {
  const changed = (content: Content): Content => {
    const all = content.map((part) => (typeof part === 'string' ? part.replace(from, to) : part));
    if (all.every((part, at) => part === content[at])) throw new Error(`${path} has no ${from}`);
    return all;
  };
  return withKind(name, (kind) => ({
    expand: (site, world) =>
      kind.expand(site, world).map((thing: Thing) => {
        const want = thing.want as { readonly path?: string; readonly content?: Content };
        return want.path === path && want.content !== undefined
          ? { ...thing, want: { ...want, content: changed(want.content) } }
          : thing;
      }),
  }));
}

/** A kind whose steps of one verb are forgotten, whoever needs them. */
export function withoutStep(name: string, forgotten: string): readonly Kind[] {
  return withKind(name, (kind) => ({
    plan: (thing, world) => {
      const verdict = kind.plan(thing, world);
      const steps = verdict.steps.filter(({ verb }) => verb !== forgotten);
      const left = (needs: readonly string[] = []): readonly string[] =>
        needs.filter((one) => !one.endsWith(`#${forgotten}`));
      return { ...verdict, steps: steps.map((step) => ({ ...step, needs: left(step.needs) })) };
    },
  }));
}
