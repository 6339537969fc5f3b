/** iSCSI targets: LIO, by configfs, one unit for each, so that none ever touches another (I4). */
import type { NodeName } from '../../step.ts';
import { isIscsi, targetsOn } from '../iscsi.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import type { TargetFacts } from './facts.ts';
import { health } from './health.ts';
import { unitOf } from './names.ts';
import { nothing, parse, probes } from './parse.ts';
import { plan } from './plan.ts';
import { expand, type TargetWant } from './things.ts';

export const target: Kind<TargetWant, TargetFacts> = {
  name: 'target',
  summary: 'iSCSI targets: an export served to named initiators, over one or more portals',
  expand,
  // Of every node, once there is any: one that serves nothing by the inventory may still serve something.
  probes: (site, node) => (hasAny(site) ? probes(namesOn(site, node)) : []),
  parse: (outputs, site, node) =>
    hasAny(site) ? parse(outputs, namesOn(site, node)) : { live: nothing(), units: known({}) },
  blank: (site, node) => ({
    live: nothing(),
    units: known(
      Object.fromEntries(namesOn(site, node).map((name) => [unitOf(name), { active: 'inactive', enabled: false }])),
    ),
  }),
  stable,
  plan,
  undeclared,
  health,
};

function hasAny({ exports }: Site): boolean {
  return Object.values(exports).some(isIscsi);
}

function namesOn(site: Site, node: NodeName): readonly string[] {
  return targetsOn(site, node).map(({ name }) => name);
}

/** Not who is logged in: importers come and go with their own power. */
function stable({ live, units }: TargetFacts): unknown {
  if (!live.known) return [live, units];
  const targets = live.value.targets.map(({ entries, ...one }) => [
    one,
    entries.map(({ initiator, readOnly }) => [initiator, readOnly]),
  ]);
  return [live.value.stores, targets, live.value.applied, units];
}

function undeclared(site: Site, node: NodeName, { live }: TargetFacts): readonly Undeclared[] {
  if (!live.known) return [];
  const wanted = new Set(targetsOn(site, node).map(({ iqn }) => iqn));
  return live.value.targets
    .filter(({ iqn }) => !wanted.has(iqn))
    .map(({ iqn, group, luns, entries }) => {
      const devices = live.value.stores
        .filter(({ id }) => Object.values(luns).includes(id))
        .map(({ device }) => device);
      const users = entries.filter(({ loggedIn }) => loggedIn).map(({ initiator }) => initiator);
      const detail = `serves ${devices.join(', ') || 'nothing'}; logged in: ${users.join(', ') || 'nobody'}`;
      return { kind: 'target', name: group === 'tpgt_1' ? iqn : `${iqn}/${group}`, node, detail };
    });
}
