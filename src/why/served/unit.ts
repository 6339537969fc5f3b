/** The unit of an export or import by NBD, and what it said. */
import { servedUnit } from '../../kinds/file/paths.ts';
import type { NbdExport } from '../../kinds/site/exports.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, way } from '../cause.ts';
import { linesOf, type View } from '../view.ts';

export function unitOf(side: 'export' | 'import', { name }: NbdExport, node: NodeName, { facts }: View) {
  const units = facts.get(node)?.[side].units;
  return units?.known === true ? units.value[name] : undefined;
}

export function unitWord(side: 'export' | 'import', exported: NbdExport, node: NodeName, view: View): string {
  const unit = unitOf(side, exported, node, view);
  return unit === undefined
    ? 'no unit'
    : [unit.load, unit.active, unit.enabled, unit.status].filter((one) => one !== '').join(', ');
}

export function unitCauses(
  side: 'export' | 'import',
  exported: NbdExport,
  node: NodeName,
  view: View,
): readonly Cause[] {
  const { name } = exported;
  const unit = unitOf(side, exported, node, view);
  const source = servedUnit(side, name);
  const evidence: Evidence[] = [{ node, source, line: unitWord(side, exported, node, view) }];
  if (unit === undefined || unit.load === 'not-found') {
    const detail = `${node} has no unit for ${name}: the inventory was not applied since it asks for it.`;
    return [
      cause('not-applied', 'proven', {
        detail,
        evidence,
        ways: [way('To make it', here('sanctl plan'), here('sanctl apply'))],
      }),
    ];
  }
  const said = linesOf(view, node, journalProbe(source).name)
    .slice(-4)
    .map((line) => journalLine(side, name, node, line));
  const failed = unit.active === 'failed' || unit.active === 'activating';
  const detail = failed
    ? `${source} on ${node} does not come up; the last that it said is below.`
    : `${source} on ${node} is ${unit.active}: somebody stopped it, or it is not started at boot (${unit.enabled || 'no unit file'}).`;
  return [
    cause(failed ? 'unit-failed' : 'unit-stopped', 'proven', {
      detail,
      evidence: [...evidence, ...said],
      ways: startWays(side, exported, node),
    }),
  ];
}

export function startWays(side: 'export' | 'import', { name }: NbdExport, node: NodeName) {
  return [
    way('To start it as it is wished, proven first', here('sanctl plan'), here('sanctl apply')),
    way(
      'By hand; it proves what it serves or finds before it goes on',
      on(node, `systemctl start ${servedUnit(side, name)}`),
    ),
  ];
}

export function journalLine(side: 'export' | 'import', name: string, node: NodeName, line: string): Evidence {
  return { node, source: `journal of ${servedUnit(side, name)}`, line };
}
