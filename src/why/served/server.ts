/** What is wrong on the other end of an import by NBD, or on the way there. */
import { servedUnit } from '../../kinds/file/paths.ts';
import type { NbdExport } from '../../kinds/site/exports.ts';
import type { NodeName } from '../../step.ts';
import { type Cause, cause, type Evidence, here, on, way } from '../cause.ts';
import { logOf } from '../log.ts';
import { pingOf } from '../ping.ts';
import { isUnreached, type View, whyUnreached } from '../view.ts';
import { startWays, unitOf, unitWord } from './unit.ts';

export function serverCauses(exported: NbdExport, node: NodeName, view: View): readonly Cause[] {
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
export function lostOn(node: NodeName, view: View): readonly Evidence[] {
  const lines = logOf(view, node).filter((line) =>
    /nbd\d+: (Receive control failed|Connection timed out|Dead connection|reconnected socket)/.test(line),
  );
  return lines.slice(-3).map((line) => ({ node, source: 'kernel log', line }));
}
