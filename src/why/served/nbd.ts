/** Why an export by NBD is not served, and why one that is imported does not answer. */
import { rosterOf } from '../../kinds/export/roster.ts';
import { servedUnit } from '../../kinds/file/paths.ts';
import { importersOf } from '../../kinds/reach.ts';
import type { NbdExport } from '../../kinds/site/exports.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe, logProbe, pingProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, on, type State, state, way } from '../cause.ts';
import type { Subject } from '../subject.ts';
import { linesOf, type View } from '../view.ts';
import { lostOn, serverCauses } from './server.ts';
import { journalLine, unitCauses, unitWord } from './unit.ts';

function nbdOf({ kind, name }: Subject, { site }: View): NbdExport | undefined {
  const exported = kind === 'export' ? site.exports[name] : undefined;
  return exported === undefined || exported.via === 'iscsi' ? undefined : exported;
}

export function exportStates(subject: Subject, view: View): readonly State[] {
  const exported = nbdOf(subject, view);
  const served = rosterOf(view.site, view.facts).find(({ name }) => name === subject.name);
  if (exported === undefined || served === undefined) return [];
  const at = (node: NodeName, unit: 'export' | 'import', line: string): Evidence => ({
    node,
    source: servedUnit(unit, exported.name),
    line,
  });
  const gone = served.importers.filter((one) => one.state === 'not connected');
  const ill = served.importers.filter((one) => one.state === 'connected' && !one.healthy);
  return [
    ...(served.state === 'not served'
      ? [
          state(
            'not-served',
            subject,
            [exported.from],
            [at(exported.from, 'export', unitWord('export', exported, exported.from, view))],
          ),
        ]
      : []),
    ...(gone.length === 0
      ? []
      : [
          state(
            'not-imported',
            subject,
            gone.map(({ node }) => node),
            gone.map(({ node }) => at(node, 'import', unitWord('import', exported, node, view))),
          ),
        ]),
    ...(ill.length === 0
      ? []
      : [
          state(
            'hanging',
            subject,
            ill.map(({ node }) => node),
            ill.map(({ node, status, device }) =>
              at(node, 'import', `/dev/${device}: ${status === '' ? 'its holder says nothing' : status}`),
            ),
          ),
        ]),
  ];
}

export function exportAsks({ about, code }: State, view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  const exported = nbdOf(about, view);
  if (exported === undefined || code === 'unreached') return new Map();
  const { name, from } = exported;
  const importers = importersOf(exported, view.site);
  const server: readonly Probe[] = [journalProbe(servedUnit('export', name)), logProbe];
  const importer: readonly Probe[] = [
    journalProbe(servedUnit('import', name)),
    logProbe,
    ...(view.site.nodes[from] === undefined ? [] : [pingProbe(view.site.nodes[from].address)]),
  ];
  return new Map([[from, server] as const, ...importers.map((node) => [node, importer] as const)]);
}

export function explainExport(found: State, view: View): readonly Cause[] | undefined {
  const exported = nbdOf(found.about, view);
  if (exported === undefined) return undefined;
  if (found.code === 'not-served') return unitCauses('export', exported, exported.from, view);
  if (found.code === 'not-imported')
    return found.nodes.flatMap((node) => [
      ...serverCauses(exported, node, view),
      ...unitCauses('import', exported, node, view),
    ]);
  return found.code === 'hanging' ? hanging(found, exported, view) : undefined;
}

function hanging({ nodes }: State, exported: NbdExport, view: View): readonly Cause[] {
  return nodes.flatMap((node) => {
    const causes = serverCauses(exported, node, view);
    if (causes.length > 0) return causes;
    const said = linesOf(view, node, journalProbe(servedUnit('import', exported.name)).name).slice(-4);
    const evidence = [...said.map((line) => journalLine('import', exported.name, node, line)), ...lostOn(node, view)];
    const detail = `${exported.from} serves ${exported.name} and is reached from ${node}; some connections broke all the same, and its holder makes them anew by itself. What is written meanwhile waits${exported.timeoutSeconds === undefined ? ' for as long as it takes' : `, at most ${exported.timeoutSeconds} s`}.`;
    return [
      cause('connection-lost', 'likely', {
        detail,
        evidence,
        ways: [way('See what its holder says', on(node, `systemctl status ${servedUnit('import', exported.name)}`))],
      }),
    ];
  });
}
