/** Why an export by iSCSI is not served, or a path to it is missing. */
import { unitOf as initiatorUnit } from '../../kinds/initiator/names.ts';
import { importersOf } from '../../kinds/reach.ts';
import type { IscsiExport } from '../../kinds/site/exports.ts';
import { unitOf as targetUnit } from '../../kinds/target/names.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe, logProbe, pingProbe } from '../asks.ts';
import { type Cause, cause, here, on, type State, state, way } from '../cause.ts';
import type { Subject } from '../subject.ts';
import { linesOf, type View } from '../view.ts';
import { asEvidence, good, pathCauses, pathsOf, serverCauses, servingLine } from './paths.ts';

function iscsiOf({ kind, name }: Subject, { site }: View): IscsiExport | undefined {
  const exported = kind === 'export' ? site.exports[name] : undefined;
  return exported?.via === 'iscsi' ? exported : undefined;
}

export function iscsiStates(subject: Subject, view: View): readonly State[] {
  const exported = iscsiOf(subject, view);
  if (exported === undefined) return [];
  const serving = servingLine(exported, view);
  const paths = pathsOf(exported, view);
  const groups = importersOf(exported, view.site).flatMap((node) => {
    const own = paths.filter((path) => path.node === node);
    const bad = own.filter((path) => path.state !== good);
    if (bad.length === 0) return [];
    const never = bad.every((path) => path.state === 'no session');
    const code = bad.length < own.length ? 'path-missing' : never ? 'not-imported' : 'hanging';
    return [state(code, subject, [node], bad.map(asEvidence))];
  });
  return [...(serving === undefined ? [] : [state('not-served', subject, [exported.from], [serving])]), ...groups];
}

export function iscsiAsks({ about, code }: State, view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  const exported = iscsiOf(about, view);
  if (exported === undefined || code === 'unreached') return new Map();
  const importer: readonly Probe[] = [
    journalProbe(initiatorUnit(exported.name)),
    logProbe,
    ...exported.portals.map(pingProbe),
  ];
  return new Map([
    [exported.from, [journalProbe(targetUnit(exported.name)), logProbe]] as const,
    ...importersOf(exported, view.site).map((node) => [node, importer] as const),
  ]);
}

export function explainIscsi(found: State, view: View): readonly Cause[] | undefined {
  const exported = iscsiOf(found.about, view);
  if (exported === undefined) return undefined;
  if (found.code === 'not-served') return [unitCause(exported.from, targetUnit(exported.name), exported, view)];
  if (!['path-missing', 'not-imported', 'hanging'].includes(found.code)) return undefined;
  const bad = pathsOf(exported, view).filter((path) => found.nodes.includes(path.node) && path.state !== good);
  const known = [...serverCauses(exported, view), ...bad.flatMap((path) => pathCauses(path, exported, view))];
  if (known.length > 0) return known;
  return found.nodes.map((node) => unitCause(node, initiatorUnit(exported.name), exported, view));
}

function unitCause(node: NodeName, unit: string, { name }: IscsiExport, view: View): Cause {
  const said = linesOf(view, node, journalProbe(unit).name).slice(-4);
  const evidence = said.map((line) => ({ node, source: `journal of ${unit}`, line }));
  const failed = said.some((line) => /Failed|failed|FAILURE/.test(line));
  const detail = failed
    ? `${unit} on ${node} does not come up; the last that it said is below.`
    : `${unit} on ${node} was stopped, or not started: ${name} is not there.`;
  return cause(failed ? 'unit-failed' : 'unit-stopped', failed ? 'proven' : 'likely', {
    detail,
    evidence,
    ways: [
      way('To bring it up as it is wished', here('sanctl plan'), here('sanctl apply')),
      way('By hand', on(node, `systemctl start ${unit}`)),
    ],
  });
}
