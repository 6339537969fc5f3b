/** Why an export by NBD is not served, and why one that is imported does not answer. */

import { rosterOf } from '../../kinds/export/roster.ts';
import { servedUnit } from '../../kinds/file/paths.ts';
import { importersOf } from '../../kinds/reach.ts';
import type { NbdExport } from '../../kinds/site.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { journalProbe, logProbe, pingProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, type State, state, way } from '../cause.ts';
import { pingOf } from '../drbd/waiting.ts';
import { logOf } from '../log.ts';
import type { Subject } from '../subject.ts';
import { isUnreached, linesOf, type View, whyUnreached } from '../view.ts';

export function nbdOf({ kind, name }: Subject, { site }: View): NbdExport | undefined {
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

function unitOf(side: 'export' | 'import', { name }: NbdExport, node: NodeName, { facts }: View) {
  const units = facts.get(node)?.[side].units;
  return units?.known === true ? units.value[name] : undefined;
}

function unitWord(side: 'export' | 'import', exported: NbdExport, node: NodeName, view: View): string {
  const unit = unitOf(side, exported, node, view);
  return unit === undefined
    ? 'no unit'
    : [unit.load, unit.active, unit.enabled, unit.status].filter((one) => one !== '').join(', ');
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

/** What is wrong on the other end, or on the way there. */
function serverCauses(exported: NbdExport, node: NodeName, view: View): readonly Cause[] {
  const { name, from, timeoutSeconds } = exported;
  const pings = pingOf(node, from, view);
  const cut = pings.filter(({ answered }) => !answered);
  const waits =
    timeoutSeconds === undefined
      ? 'Whoever uses it waits for as long as it takes, and loses nothing.'
      : `After ${timeoutSeconds} s whoever uses it gets errors.`;
  const evidence = [...pings.map((ping) => ping.evidence), ...lostOn(node, view)];
  if (isUnreached(from, view)) {
    const certainty = cut.length > 0 ? 'likely' : pings.length > 0 ? 'undecided' : 'possible';
    const detail = `${from}, which serves ${name}, did not answer to sanctl${cut.length > 0 ? ` and does not answer to ${node}` : ''}. ${waits}`;
    return [
      cause('server-unreached', certainty, {
        detail,
        evidence: [whyUnreached(from, view), ...evidence],
        ways: [
          way(
            `Bring ${from} and its network back; the import goes on by itself`,
            here(`sanctl facts ${from} --only export`),
          ),
        ],
      }),
    ];
  }
  const unit = unitOf('export', exported, from, view);
  if (unit !== undefined && unit.active !== 'active') {
    const line = { node: from, source: servedUnit('export', name), line: unitWord('export', exported, from, view) };
    return [
      cause('server-not-serving', 'proven', {
        detail: `The server of ${name} does not run on ${from}. ${waits}`,
        evidence: [line, ...evidence],
        ways: startWays('export', exported, from),
      }),
    ];
  }
  if (cut.length === 0) return [];
  const detail = `${node} does not reach ${from}, which is up and serves ${name}. ${waits}`;
  return [
    cause('path-cut', 'proven', {
      detail,
      evidence,
      ways: [
        way(
          'Look at the link and the switch; the import goes on by itself',
          ...cut.map(({ address }) => on(node, `ip route get ${address}; ping -c 3 ${address}`)),
        ),
      ],
    }),
  ];
}

/** Linux 6.1's words when connections of nbd break. */
function lostOn(node: NodeName, view: View): readonly Evidence[] {
  const lines = logOf(view, node).filter((line) =>
    /nbd\d+: (Receive control failed|Connection timed out|Dead connection|reconnected socket)/.test(line),
  );
  return lines.slice(-3).map((line) => ({ node, source: 'kernel log', line }));
}

function unitCauses(side: 'export' | 'import', exported: NbdExport, node: NodeName, view: View): readonly Cause[] {
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

function startWays(side: 'export' | 'import', { name }: NbdExport, node: NodeName) {
  return [
    way('To start it as it is wished, proven first', here('sanctl plan'), here('sanctl apply')),
    way(
      'By hand; it proves what it serves or finds before it goes on',
      on(node, `systemctl start ${servedUnit(side, name)}`),
    ),
  ];
}

function journalLine(side: 'export' | 'import', name: string, node: NodeName, line: string): Evidence {
  return { node, source: `journal of ${servedUnit(side, name)}`, line };
}
