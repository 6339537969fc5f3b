/** Imports: NBD exports of other nodes as `/dev/gnbd/NAME`, proven on every connect, held through restarts of their servers (N5). */
import type { NodeName } from '../../step.ts';
import { hasServed, noUnits, stableUnits, strangers } from '../export/index.ts';
import { parseStarted, parseUnits, startedProbe, unitsProbe } from '../export/units.ts';
import { servedUnit } from '../file/paths.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { mayImport, onNode } from '../on-node.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import type { ImportFacts } from './facts.ts';
import { devicesProbe, parseDevices } from './parse.ts';
import { plan } from './plan.ts';
import { expand, type ImportWant } from './things.ts';

export const importKind: Kind<ImportWant, ImportFacts> = {
  name: 'import',
  summary: 'Imports of NBD exports: devices by name, proven on every connect, held through restarts of their servers',
  expand,
  probes: (site, node) => {
    if (!hasServed(site)) return [];
    const names = namesOn(site, node);
    return [unitsProbe('import', names), ...startedProbe('import', names), devicesProbe];
  },
  parse: (outputs, site, node) => {
    if (!hasServed(site)) return nothing;
    const names = namesOn(site, node);
    return {
      units: parseUnits(outputs, 'import'),
      started: parseStarted(outputs, 'import', names),
      devices: parseDevices(outputs),
    };
  },
  blank: (site, node) => ({ ...nothing, units: known(noUnits(namesOn(site, node))) }),
  stable: ({ units, started, devices }) => ({ units: stableUnits(units), started, devices }),
  plan,
  undeclared,
};

function namesOn(site: Site, node: NodeName): readonly string[] {
  return mayImport(site, node).map(({ name }) => name);
}

const nothing: ImportFacts = { units: known({}), started: known({}), devices: known([]) };

/** By its unit, which on a standby only runs while a guest moves; or by a device that stayed connected without one. */
function undeclared(site: Site, node: NodeName, { units, devices }: ImportFacts): readonly Undeclared[] {
  const { imports } = onNode(site, node);
  const held = strangers(units, new Set(imports.map(({ name }) => name))).map(([name, { active }]) => ({
    kind: 'import',
    name,
    node,
    detail: `its unit is ${active}; \`systemctl disable --now ${servedUnit('import', name)}\` there disconnects it, if nobody uses it`,
  }));
  const wanted = [...imports.map(({ wireName }) => wireName), ...held.map(({ name }) => name)];
  const left = devices.known
    ? devices.value.filter(({ wireName }) => !wanted.some((one) => wireName === one || wireName.startsWith(`${one}-`)))
    : [];
  return [
    ...held,
    ...left.map(({ wireName, device }) => ({
      kind: 'import',
      name: wireName,
      node,
      detail: `/dev/${device} is connected to it, and no unit of ours holds it`,
    })),
  ];
}
