/** Which part of the site a run is about: `--without NODE` and `--only SELECTOR`. Pure. */
import { type Diagnostic, error } from '../diagnostic.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import type { Thing } from '../kinds/kind.ts';
import { importersOf, reachOf } from '../kinds/reach.ts';
import type { Backing } from '../kinds/site/backing.ts';
import type { Export } from '../kinds/site/exports.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeName } from '../step.ts';
import { address } from './graph.ts';

/** The site without these nodes, and without all that lives or depends on them. */
export function siteWithout(site: Site, without: readonly NodeName[]): Site {
  if (without.length === 0) return site;
  const gone = new Set(without);
  const isWhole = (on: Backing): boolean => !reachOf(on, site).some((node) => gone.has(node));
  const left: Site = {
    ...site,
    nodes: pick(site.nodes, (node) => !gone.has(node.name)),
    volumeGroups: Object.fromEntries(
      Object.entries(site.volumeGroups).map(([name, group]) => [
        name,
        { ...group, devices: Object.fromEntries(Object.entries(group.devices).filter(([node]) => !gone.has(node))) },
      ]),
    ),
    volumes: pick(site.volumes, ({ name }) => isWhole({ volume: name })),
    images: pick(site.images, ({ node }) => !gone.has(node)),
    exports: pick(site.exports, ({ name }) => isWhole({ export: name })),
    arrays: pick(site.arrays, ({ name }) => isWhole({ array: name })),
    vms: pick(site.vms, (vm) => !gone.has(vm.home) && vm.disks.every(isWhole)),
    initiators: Object.fromEntries(Object.entries(site.initiators).filter(([node]) => !gone.has(node))),
  };
  return { ...left, exports: pick(left.exports, (one) => isImportedAsBefore(one, site, left)) };
}

/** Its VM may be left out for another disk of its: without importers, the export would be another one (N7). */
function isImportedAsBefore(exported: Export, site: Site, left: Site): boolean {
  return importersOf(exported, site).length === importersOf(exported, left).length;
}

function pick<T>(all: Readonly<Record<string, T>>, keep: (one: T) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([, one]) => keep(one)));
}

/**
 * The things that a selector means, with all that they need or that belongs to their change. `volume`, `volume/web-root`, `volume/web-root@alpha`
 * and `@alpha` are selectors; one that means nothing is an error, so that a typo is not a plan without steps.
 */
export function select(
  things: readonly Thing[],
  only: readonly string[],
  without: readonly NodeName[] = [],
): { things: readonly Thing[]; diagnostics: readonly Diagnostic[] } {
  if (only.length === 0) return { things, diagnostics: [] };
  const byAddress = new Map<string, Thing[]>();
  for (const thing of things) {
    for (const key of [address(thing), ...thing.nodes.map((node) => address(thing, node))]) {
      byAddress.set(key, [...(byAddress.get(key) ?? []), thing]);
    }
  }
  const chosen = new Set<Thing>();
  const take = (thing: Thing): void => {
    if (chosen.has(thing)) return;
    chosen.add(thing);
    for (const other of [...thing.needs, ...(thing.with ?? [])])
      for (const one of byAddress.get(other) ?? []) take(one);
  };
  const diagnostics: Diagnostic[] = [];
  for (const selector of only) {
    const meant = things.filter((thing) => means(selector, thing));
    if (meant.length === 0) diagnostics.push(nothingSelected(selector, things, without));
    for (const thing of meant) take(thing);
  }
  return { things: things.filter((thing) => chosen.has(thing)), diagnostics };
}

function means(selector: string, thing: Thing): boolean {
  if (selector.startsWith('@')) return thing.nodes.includes(selector.slice(1));
  if (selector === thing.kind || selector === address(thing)) return true;
  return thing.nodes.some((node) => selector === address(thing, node));
}

function nothingSelected(selector: string, things: readonly Thing[], without: readonly NodeName[]): Diagnostic {
  const where = without.length === 0 ? 'in this inventory' : `that is left without ${without.join(', ')}`;
  return error('plan/nothing-selected', 'A selector means nothing', `Nothing ${where} is called \`${selector}\`.`, {
    help:
      didYouMean(suggestFrom(new Set(things.flatMap(selectorsOf)))(selector)) ??
      'A selector is a kind (`volume`), a thing (`volume/web-root`), a thing on a node (`volume/web-root@alpha`) or a node (`@alpha`).',
  });
}

/** All that means it. */
function selectorsOf(thing: Thing): readonly string[] {
  const places = thing.nodes.flatMap((node) => [address(thing, node), `@${node}`]);
  return [thing.kind, address(thing), ...places];
}
