/** Every iSCSI export, for people who look: who is logged in, over how many paths, how healthy. What could not be read is unknown. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { problems } from '../initiator/problems.ts';
import { isIscsi, portalsOf, wwidOf } from '../iscsi.ts';
import { importersOf, nameOf } from '../reach.ts';
import { unreadable } from '../reading.ts';
import type { IscsiExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import type { LiveTarget } from './facts.ts';

export interface ServedLun {
  readonly name: string;
  readonly via: 'iscsi';
  readonly backing: string;
  readonly from: NodeName;
  readonly state: 'served' | 'not served' | 'unknown';
  readonly readOnly: boolean;
  readonly chap: 'mutual' | 'one-way' | 'none';
  readonly importers: readonly LunImporting[];
  /** Names of initiators that the server has logged in, and that import nothing by the inventory (N7). */
  readonly others: readonly string[];
}

export interface LunImporting {
  readonly node: NodeName;
  readonly state: 'connected' | 'not connected' | 'unknown';
  /** `2 of 2 paths`; of a node that could not be read, what its server says. */
  readonly status: string;
  /** `mapper/lun0`. */
  readonly device: string | undefined;
  readonly healthy: boolean;
  /** One for each portal; none where the node could not be read. */
  readonly paths: readonly LunPath[];
}

export interface LunPath {
  readonly portal: string;
  /** As the kernel of the importer has it: `LOGGED_IN`, `FAILED`; `no session`. */
  readonly state: string;
}

type Facts = ReadonlyMap<NodeName, NodeFacts>;

export function lunsOf(site: Site, facts: Facts): readonly ServedLun[] {
  return Object.values(site.exports)
    .filter(isIscsi)
    .map((one) => served(one, site, facts));
}

/** Why something of the list is unknown although its node answered; each cause once (C5). */
export function unreadLuns(site: Site, facts: Facts): readonly Diagnostic[] {
  const all = Object.values(site.exports).filter(isIscsi);
  return [...facts].flatMap(([node, { target, initiator }]) => {
    const serves = all.some(({ from }) => from === node);
    const imports = all.some((one) => importersOf(one, site).includes(node));
    return [
      ...(serves && !target.live.known ? [unreadable('targets', node, target.live.why)] : []),
      ...(imports && !initiator.live.known ? [unreadable('initiators', node, initiator.live.why)] : []),
    ];
  });
}

/** Paths that carry data now. */
export function goodOf({ paths }: LunImporting): number {
  return paths.filter(({ state }) => state === 'LOGGED_IN').length;
}

function served(exported: IscsiExport, site: Site, facts: Facts): ServedLun {
  const { name, via, from, readOnly, backing, iqn, chap } = exported;
  const live = facts.get(from)?.target.live;
  const groups = live?.known ? live.value.targets.filter((one) => one.iqn === iqn) : undefined;
  const nodes = importersOf(exported, site);
  const names = nodes.map((node) => site.initiators[node]);
  const others = loggedIn(groups ?? []).filter((initiator) => !names.includes(initiator));
  return {
    name,
    via,
    backing: nameOf(backing),
    from,
    state: groups === undefined ? 'unknown' : groups.some(({ enabled }) => enabled) ? 'served' : 'not served',
    readOnly,
    chap: chap === undefined ? 'none' : chap.mutual === undefined ? 'one-way' : 'mutual',
    importers: nodes.map((node) => importing(exported, node, site, facts, groups)),
    others,
  };
}

function loggedIn(groups: readonly LiveTarget[]): readonly string[] {
  return groups.flatMap(({ entries }) => entries.filter((one) => one.loggedIn).map(({ initiator }) => initiator));
}

function importing(
  exported: IscsiExport,
  node: NodeName,
  site: Site,
  facts: Facts,
  groups: readonly LiveTarget[] | undefined,
): LunImporting {
  const initiator = site.initiators[node] ?? '';
  const have = facts.get(node)?.initiator.live;
  if (have?.known !== true) {
    const says = groups !== undefined && loggedIn(groups).includes(initiator) ? `logged in at ${exported.from}` : '';
    return { node, state: 'unknown', status: says, device: undefined, healthy: false, paths: [] };
  }
  const { sessions, maps } = have.value;
  const paths = portalsOf(exported).map((portal) => ({
    portal,
    state: sessions.find((one) => one.iqn === exported.iqn && one.portal === portal)?.state ?? 'no session',
  }));
  const map = maps.find(({ wwid }) => wwid === wwidOf(exported));
  const good = paths.filter(({ state }) => state === 'LOGGED_IN').length;
  const wrong = problems({ exported, initiator }, node, have.value);
  return {
    node,
    state: good === 0 ? 'not connected' : 'connected',
    status: `${good} of ${paths.length} paths${wrong.length === 0 ? '' : ', not as it was made'}`,
    device: map === undefined ? undefined : `mapper/${map.name}`,
    healthy: good === paths.length && map?.paths.length === paths.length && wrong.length === 0,
    paths,
  };
}
