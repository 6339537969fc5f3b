/** iSCSI imports: open-iscsi under multipath, one unit for each. */
import type { NodeName } from '../../step.ts';
import { importsOn, isIscsi } from '../iscsi.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import type { InitiatorFacts, LiveImports } from './facts.ts';
import { unitOf } from './names.ts';
import { parse, probes } from './parse.ts';
import { plan } from './plan.ts';
import { expand, type InitiatorWant } from './things.ts';

const nothing: LiveImports = { sessions: [], maps: [], others: [], applied: {} };

export const initiator: Kind<InitiatorWant, InitiatorFacts> = {
  name: 'initiator',
  summary: 'iSCSI imports: sessions to every portal of a target, joined by multipath',
  expand,
  probes: (site, node) => (hasAny(site) ? probes(namesOn(site, node)) : []),
  parse: (outputs, site, node) =>
    hasAny(site) ? parse(outputs, namesOn(site, node)) : { live: known(nothing), units: known({}) },
  blank: (site, node) => ({
    live: known(nothing),
    units: known(
      Object.fromEntries(namesOn(site, node).map((name) => [unitOf(name), { active: 'inactive', enabled: false }])),
    ),
  }),
  stable,
  plan,
  undeclared,
};

function hasAny({ exports }: Site): boolean {
  return Object.values(exports).some(isIscsi);
}

function namesOn(site: Site, node: NodeName): readonly string[] {
  return importsOn(site, node).map(({ name }) => name);
}

/** Not which disk is called what, and not how a line is just now: both change with nobody's doing. */
function stable({ live, units }: InitiatorFacts): unknown {
  if (!live.known) return [live, units];
  const sessions = live.value.sessions.map(({ iqn, portal, initiator: by, disks }) =>
    [iqn, portal, by, ...disks.map(({ lun, wwid, bytes }) => `${lun} ${wwid} ${bytes}`)].join(' '),
  );
  const maps = live.value.maps.map(({ name, wwid, bytes, paths }) => [name, wwid, bytes, paths.length].join(' '));
  return [sessions.sort(), maps.sort(), live.value.applied, units];
}

function undeclared(site: Site, node: NodeName, { live }: InitiatorFacts): readonly Undeclared[] {
  if (!live.known) return [];
  const wanted = new Set(importsOn(site, node).map(({ iqn }) => iqn));
  return live.value.sessions
    .filter(({ iqn }) => !wanted.has(iqn))
    .map(({ iqn, portal, disks }) => {
      const detail = `logged in; its disks: ${disks.map(({ device }) => device).join(', ') || 'none'}`;
      return { kind: 'initiator', name: `${iqn} at ${portal}`, node, detail };
    });
}
