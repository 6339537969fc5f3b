/** Why an import is not touched: what the node has is not what was made for it, and using it could write to another disk. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { portalsOf, wwidOf } from '../iscsi.ts';
import type { LiveImports, Session } from './facts.ts';
import { unitOf } from './names.ts';
import type { InitiatorWant } from './things.ts';

export function problems(
  { exported, initiator }: Pick<InitiatorWant, 'exported' | 'initiator'>,
  node: NodeName,
  live: LiveImports,
): readonly Diagnostic[] {
  const { name, iqn } = exported;
  const wwid = wwidOf(exported);
  const portals = portalsOf(exported);
  const own = live.sessions.filter((session) => session.iqn === iqn);
  const strangers = own.flatMap(({ portal, disks }) =>
    disks
      .filter((disk) => disk.lun !== 0 || disk.wwid !== wwid)
      .map((disk) => stranger(name, node, portal, disk.lun, disk.wwid)),
  );
  const paths = new Set(own.flatMap(({ disks }) => disks.map(({ device }) => device)));
  const maps = live.maps.filter((map) => map.wwid === wwid);
  return [
    ...own
      .filter((session) => !portals.includes(session.portal))
      .map((session) => unplanned(name, node, `goes to ${session.portal}`)),
    ...own
      .filter((session) => session.initiator !== initiator)
      .map((session) => unplanned(name, node, `to ${session.portal} says that it is ${session.initiator}`)),
    ...strangers,
    ...maps.flatMap((map) =>
      map.paths.filter((path) => !paths.has(path)).map((path) => foreignPath(name, node, path, live.sessions)),
    ),
    ...maps.filter((map) => map.name !== name).map((map) => nameTaken(name, node, `its disk is called ${map.name}`)),
    ...[...live.others, ...live.maps.filter((map) => map.wwid !== wwid).map((map) => map.name)]
      .filter((taken) => taken === name)
      .map((taken) => nameTaken(name, node, `/dev/mapper/${taken} is something else`)),
  ];
}

/** What is not as it should be, and comes back without anybody. */
export function troubles({ exported }: InitiatorWant, node: NodeName, live: LiveImports): readonly Diagnostic[] {
  const { name, iqn } = exported;
  const bad = portalsOf(exported).flatMap((portal) => {
    const session = live.sessions.find((one) => one.iqn === iqn && one.portal === portal);
    if (session?.state === 'LOGGED_IN') return [];
    return [`${portal} (${session === undefined ? 'not logged in yet' : session.state})`];
  });
  return bad.length === 0 ? [] : [pathDown(name, node, bad)];
}

function stranger(name: string, node: NodeName, portal: string, lun: number, wwid: string): Diagnostic {
  return error(
    'initiator/stranger',
    'A portal shows a disk that was not made for the import',
    `initiator/${name} on ${node}: LUN ${lun} behind ${portal} is ${wwid || 'without an identity'} (C3, I2).`,
    {
      help: `See who answers at ${portal}. When nothing on ${node} uses it: \`systemctl stop ${unitOf(name)}\`, and plan again.`,
    },
  );
}

function unplanned(name: string, node: NodeName, what: string): Diagnostic {
  return error(
    'initiator/session',
    'A session that sanctl did not make',
    `initiator/${name} on ${node}: a session of its target ${what} (I2, I9).`,
    {
      help: `Log it out on ${node} when nothing uses it: \`iscsiadm -m session\`, then \`iscsiadm -m session -r SID --logout\`; and plan again.`,
    },
  );
}

function foreignPath(name: string, node: NodeName, path: string, sessions: readonly Session[]): Diagnostic {
  const owner = sessions.find(({ disks }) => disks.some(({ device }) => device === path));
  const from = owner === undefined ? 'of no session' : `of ${owner.iqn} at ${owner.portal}`;
  return error(
    'initiator/foreign-path',
    'Multipath joined another disk to an import',
    `initiator/${name} on ${node}: its map has the path ${path}, ${from}, with the same serial; part of what is written goes there (I2).`,
    {
      help: `Stop what uses /dev/mapper/${name} on ${node} at once, then \`multipathd del path ${path}\`, and log that session out. Compare both disks before anybody uses one again.`,
    },
  );
}

function nameTaken(name: string, node: NodeName, what: string): Diagnostic {
  return error('initiator/name', 'The name of an import is taken', `initiator/${name} on ${node}: ${what}.`, {
    help: 'Give the export another name in the inventory, or take the other map away when nothing uses it (`dmsetup info`).',
  });
}

function pathDown(name: string, node: NodeName, paths: readonly string[]): Diagnostic {
  return warning(
    'initiator/path-down',
    'An import has lost a path',
    `initiator/${name} on ${node}: ${paths.join(', ')}.`,
    {
      help: `It comes back by itself with its network or target; see \`journalctl -u iscsid -u ${unitOf(name)}\` on ${node}.`,
    },
  );
}
