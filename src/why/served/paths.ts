/** The paths of an import by iSCSI, one for each portal, and what is wrong with them and with their target. */
import type { Session } from '../../kinds/initiator/facts.ts';
import { unitOf as initiatorUnit } from '../../kinds/initiator/names.ts';
import { portalsOf } from '../../kinds/iscsi.ts';
import { importersOf } from '../../kinds/reach.ts';
import type { IscsiExport } from '../../kinds/site/exports.ts';
import { unitOf as targetUnit } from '../../kinds/target/names.ts';
import type { NodeName } from '../../step.ts';
import { pingProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, way } from '../cause.ts';
import { logOf } from '../log.ts';
import { isUnreached, type View, whyUnreached } from '../view.ts';

interface Path {
  readonly node: NodeName;
  readonly portal: string;
  readonly state: string;
}

/** Of each importer that could be read, by portal; a session that is not there was never made, or was logged out. */
export function pathsOf(exported: IscsiExport, { site, facts }: View): readonly Path[] {
  return importersOf(exported, site).flatMap((node) => {
    const live = facts.get(node)?.initiator.live;
    if (live?.known !== true) return [];
    return portalsOf(exported).map((portal) => ({
      node,
      portal,
      state: stateAt(live.value.sessions, exported.iqn, portal),
    }));
  });
}

function stateAt(sessions: readonly Session[], iqn: string, portal: string): string {
  return sessions.find((one) => one.iqn === iqn && one.portal === portal)?.state ?? 'no session';
}

export const good = 'LOGGED_IN';

export function asEvidence({ node, portal, state }: Path): Evidence {
  return { node, source: 'iscsi session', line: `${portal} ${state}` };
}

/** Undefined: it is served, or that cannot be told. */
export function servingLine({ name, iqn, from }: IscsiExport, { facts }: View): Evidence | undefined {
  const live = facts.get(from)?.target.live;
  if (live?.known !== true) return undefined;
  const target = live.value.targets.find((one) => one.iqn === iqn);
  if (target?.enabled === true) return undefined;
  return {
    node: from,
    source: targetUnit(name),
    line: target === undefined ? `no target ${iqn}` : `the target ${iqn} is not enabled`,
  };
}

export function serverCauses(exported: IscsiExport, view: View): readonly Cause[] {
  const { name, from } = exported;
  if (isUnreached(from, view)) {
    const detail = `${from}, which serves ${name}, did not answer.`;
    return [
      cause('server-unreached', 'likely', {
        detail,
        evidence: [whyUnreached(from, view)],
        ways: [
          way(`Bring ${from} back; the sessions come back by themselves`, here(`sanctl facts ${from} --only target`)),
        ],
      }),
    ];
  }
  const line = servingLine(exported, view);
  if (line === undefined) return [];
  return [
    cause('server-not-serving', 'proven', {
      detail: `${from} has no target for ${name}.`,
      evidence: [line],
      ways: [
        way('To make it as it is wished', here('sanctl plan'), here('sanctl apply')),
        way('By hand', on(from, `systemctl start ${targetUnit(name)}`)),
      ],
    }),
  ];
}

export function pathCauses({ node, portal, state }: Path, { name, from }: IscsiExport, view: View): readonly Cause[] {
  const address = portal.replace(/:\d+$/, '');
  const said = view.answers.get(node)?.get(pingProbe(address).name);
  const silent = said?.code === 1;
  const log = logOf(view, node).filter((line) => /connection\d+:0: |session\d+: |multipath: .*Failing path/.test(line));
  const evidence = [
    { node, source: 'iscsi session', line: `${portal} ${state}` },
    ...(said?.code === 0 || silent
      ? [
          {
            node,
            source: `ping ${address}`,
            line: said.stdout.split('\n').find((one) => one.includes('packets transmitted')) ?? `exit ${said.code}`,
          },
        ]
      : []),
    ...log.slice(-3).map((line) => ({ node, source: 'kernel log', line })),
  ];
  if (silent) {
    const detail = `${node} does not reach ${address}, one of the addresses at which ${from} serves ${name}. Its other paths are not touched by that.`;
    return [
      cause('path-cut', 'proven', {
        detail,
        evidence,
        ways: [
          way(
            'Look at the link, the switch and the address; the path comes back by itself',
            on(node, `ip route get ${address}; ping -c 3 ${address}`),
            on(from, `ip address show to ${address}`),
          ),
        ],
      }),
    ];
  }
  if (state === 'no session') return [];
  const detail = `The session to ${portal} broke (${state}); it is made anew by itself.`;
  return [
    cause('connection-lost', said?.code === 0 ? 'likely' : 'possible', {
      detail,
      evidence,
      ways: [
        way(
          'See what it waits for',
          on(node, `journalctl --boot --lines=30 --unit=iscsid --unit=${initiatorUnit(name)}`),
        ),
      ],
    }),
  ];
}
