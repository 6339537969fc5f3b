/** Every NBD export, for people who look: what is served where, to whom, how healthy. What could not be read is unknown. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { importersOf, nameOf, standbysOf } from '../reach.ts';
import { unreadable } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import type { Units } from './facts.ts';

export interface Served {
  readonly name: string;
  readonly via: NbdExport['via'];
  readonly backing: string;
  readonly from: NodeName;
  /** `served`, `not served`, `unknown`. */
  readonly state: 'served' | 'not served' | 'unknown';
  readonly readOnly: boolean;
  readonly tls: 'mutual' | 'none';
  readonly importers: readonly Importing[];
}

export interface Importing {
  readonly node: NodeName;
  readonly state: 'connected' | 'not connected' | 'unknown';
  /** What its holder says: `4 of 4 connections to alpha`. */
  readonly status: string;
  readonly device: string | undefined;
  readonly healthy: boolean;
}

type Facts = ReadonlyMap<NodeName, NodeFacts>;

export function rosterOf(site: Site, facts: Facts): readonly Served[] {
  return Object.values(site.exports).flatMap((one) => (one.via === 'iscsi' ? [] : [served(one, site, facts)]));
}

/** Why something of the list is unknown although its node answered; each cause once (C5). */
export function unreadExports(site: Site, facts: Facts): readonly Diagnostic[] {
  const all = Object.values(site.exports).flatMap((one) => (one.via === 'iscsi' ? [] : [one]));
  return [...facts].flatMap(([node, have]) => {
    const served = all.filter(({ from }) => from === node);
    const imported = all.filter((one) => importersOf(one, site).includes(node));
    const { units, devices } = have.import;
    const missing = served.flatMap(({ name }) => withoutUnit(name, have.export.units));
    return [
      ...(served.length > 0 && !have.export.units.known ? [unreadable('exports', node, have.export.units.why)] : []),
      ...missing.map((name) => unreadable(`export/${name}`, node, 'systemd did not tell of its unit')),
      ...(imported.length > 0 && !units.known ? [unreadable('imports', node, units.why)] : []),
      ...(imported.length > 0 && !devices.known ? [unreadable('imports', node, devices.why)] : []),
    ];
  });
}

function withoutUnit(name: string, units: Units): readonly string[] {
  return units.known && units.value[name] === undefined ? [name] : [];
}

function served(exported: NbdExport, site: Site, facts: Facts): Served {
  const { name, via, from, readOnly, tls, backing } = exported;
  const units = facts.get(from)?.export.units;
  const active = units?.known ? units.value[name]?.active : undefined;
  const state = active === undefined ? 'unknown' : active === 'active' ? 'served' : 'not served';
  return {
    name,
    via,
    backing: nameOf(backing),
    from,
    state,
    readOnly,
    tls,
    importers: importersNow(exported, site, facts),
  };
}

/** Whoever took it over while its guest moved has it, wherever the home of that is (docs/decisions/0016). */
function importersNow(exported: NbdExport, site: Site, facts: Facts): readonly Importing[] {
  const wished = importersOf(exported, site).map((node) => importing(exported, node, facts));
  const standbys = standbysOf(exported, site).map((node) => importing(exported, node, facts));
  const taken = standbys.filter(({ state }) => state === 'connected');
  return taken.length === 0 ? wished : [...wished.filter(({ state }) => state !== 'not connected'), ...taken];
}

function importing({ name, wireName, from }: NbdExport, node: NodeName, facts: Facts): Importing {
  const have = facts.get(node)?.import;
  if (have === undefined || !have.units.known || !have.devices.known)
    return { node, state: 'unknown', status: '', device: undefined, healthy: false };
  const unit = have.units.value[name];
  const device = have.devices.value.find((one) => one.wireName === wireName);
  const status = unit?.status ?? '';
  const all =
    device !== undefined && status === `${device.connections} of ${device.connections} connections to ${from}`;
  return {
    node,
    state: device === undefined ? 'not connected' : 'connected',
    status,
    device: device?.device,
    healthy: all && unit?.active === 'active',
  };
}
