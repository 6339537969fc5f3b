/** Exports by nbd-server: one server for each, so that a change of one never touches the sessions of another (N3). */
import { command } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { servedUnit } from '../file/paths.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { every, known, read, success, whole } from '../reading.ts';
import type { Site } from '../site.ts';
import type { ExportFacts, Unit } from './facts.ts';
import { health } from './health.ts';
import { plan } from './plan.ts';
import { type ExportWant, expand } from './things.ts';
import { parseRecords, parseStarted, parseUnits, startedProbe, unitsProbe } from './units.ts';

export const exportKind: Kind<ExportWant, ExportFacts> = {
  name: 'export',
  summary: 'NBD exports: a server for each, which proves at every start that it serves the right volume',
  expand,
  probes: (site, node) => {
    if (!hasServed(site)) return [];
    const names = namesOn(site, node);
    const ports = { name: 'export.ports', command: command('ss', '-H', '-l', '-t', '-n') };
    return [unitsProbe('export', names), ...startedProbe('export', names), ...(names.length > 0 ? [ports] : [])];
  },
  parse: (outputs, site, node) => {
    if (!hasServed(site)) return nothing;
    const names = namesOn(site, node);
    return {
      units: parseUnits(outputs, 'export'),
      started: parseStarted(outputs, 'export', names),
      records: parseRecords(outputs, names),
      ports: names.length === 0 ? known([]) : read(success(outputs, 'export.ports'), 'export.ports', parsePorts),
    };
  },
  blank: (site, node) => ({ ...nothing, units: known(noUnits(namesOn(site, node))) }),
  // Not the ports: they come and go with others, and a server whose port is taken does not start.
  stable: ({ units, started, records }) => ({ units: stableUnits(units), started, records }),
  plan,
  undeclared,
  health,
};

/** Whether the site exports anything by nbd: otherwise nobody is asked. */
export function hasServed(site: Site): boolean {
  return Object.values(site.exports).some(({ via }) => via !== 'iscsi');
}

function namesOn(site: Site, node: NodeName): readonly string[] {
  return onNode(site, node).serves.map(({ name }) => name);
}

const nothing: ExportFacts = { units: known({}), started: known({}), records: known({}), ports: known([]) };

/** As systemctl tells of units that do not exist. */
export function noUnits(names: readonly string[]): Readonly<Record<string, Unit>> {
  const unit = { load: 'not-found', active: 'inactive', enabled: '', status: '', reload: false };
  return Object.fromEntries(names.map((name) => [name, unit]));
}

/** Not what they say of themselves: connections come and go. */
export function stableUnits(units: ExportFacts['units']): unknown {
  if (!units.known) return units;
  return Object.entries(units.value).map(([name, { load, active, enabled, reload }]) => [
    name,
    load,
    active,
    enabled,
    reload,
  ]);
}

/** `LISTEN 0 10 10.77.0.11:10809 0.0.0.0:*`. */
function parsePorts(text: string): readonly number[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const ports = every(lines, (line) => whole(line.trim().split(/\s+/)[3]?.split(':').at(-1)));
  return ports === undefined ? undefined : [...new Set(ports)].sort((a, b) => a - b);
}

function undeclared(site: Site, node: NodeName, { units }: ExportFacts): readonly Undeclared[] {
  const wanted = new Set(namesOn(site, node));
  return strangers(units, wanted).map(([name, { active }]) => ({
    kind: 'export',
    name,
    node,
    detail: `its server is ${active}; \`systemctl disable --now ${servedUnit('export', name)}\` there, once nobody imports it`,
  }));
}

/** Units of ours that the inventory does not name, and that run or would at the next boot. */
export function strangers(
  units: ExportFacts['units'],
  wanted: ReadonlySet<string>,
): readonly (readonly [string, Unit])[] {
  if (!units.known) return [];
  return Object.entries(units.value).filter(
    ([name, { active, enabled }]) => !wanted.has(name) && (active !== 'inactive' || enabled === 'enabled'),
  );
}
