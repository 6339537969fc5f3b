/** What the two sides must agree on before they talk: settings, secret, file, port (D9, D10, D17). */
import { unauthenticated } from '../../kinds/drbd/lost.ts';
import { drbdPath } from '../../kinds/file/paths.ts';
import type { NodeName } from '../../step.ts';
import { listenersProbe } from '../asks.ts';
import { type Cause, cause, type Evidence, here, on, way } from '../cause.ts';
import { lastFall, lastOf, resourceLog } from '../log.ts';
import { linesOf, type View } from '../view.ts';
import type { Mirror } from './resource.ts';

/** From the sources (drbd 8.4, drbd_receiver.c, receive_protocol, receive_SyncParam) until the lab has said it. */
const incompatible = /(?:incompatible|Different) (\S+) settings/;

export function settingsDiffer(mirror: Mirror, view: View): readonly Cause[] {
  const { name, replicas } = mirror.volume;
  const said = fallsSay(mirror, view, incompatible);
  const lines = fileDifferences(mirror, view);
  const windows = runtimeDifferences(mirror, view);
  if (said.length === 0 && lines.length === 0 && windows.length === 0) return [];
  const settings = [...new Set(said.flatMap(({ line }) => incompatible.exec(line)?.[1] ?? []))];
  const what = settings.length > 0 ? settings.join(', ') : 'what stands in their files, or in their kernels,';
  const detail = `${what} of ${name} is not the same on ${replicas.join(' and ')}; DRBD drops the connection for good when it sees that.`;
  const ways = [
    way(
      'To write the file of the inventory on every node, and adjust to it',
      here('sanctl plan'),
      here('sanctl apply'),
      ...mirror.replicas.map(({ node }) => on(node, `drbdadm adjust ${name}`)),
    ),
  ];
  return [
    cause('settings-differ', said.length > 0 ? 'proven' : 'likely', {
      detail,
      evidence: [...said, ...lines, ...windows],
      ways,
    }),
  ];
}

export function secretDiffers(mirror: Mirror, view: View): readonly Cause[] {
  const { name } = mirror.volume;
  const said = fallsSay(mirror, view, new RegExp(unauthenticated));
  const hidden = hiddenDifference(mirror, view);
  if (said.length === 0 && hidden.length === 0) return [];
  const detail = `The peers of ${name} prove themselves by a shared secret, and each refuses the other's. The secret itself is not shown.`;
  const ways = [
    way(
      'To write the secret of the inventory on every node, and connect again',
      here('sanctl plan'),
      here('sanctl apply'),
      ...mirror.replicas.map(({ node }) => on(node, `drbdadm adjust ${name}`)),
    ),
  ];
  return [
    cause('secret-differs', said.length > 0 ? 'proven' : 'likely', { detail, evidence: [...said, ...hidden], ways }),
  ];
}

/** On a node where another program listens on the port of the resource. */
export function portTaken(mirror: Mirror, view: View): readonly Cause[] {
  const { name } = mirror.volume;
  return mirror.replicas.flatMap(({ node }) => {
    const port = portOf(mirror, node, view);
    // A socket of the kernel, as DRBD's is, belongs to no program.
    const lines = linesOf(view, node, listenersProbe.name).filter(
      (line) => line.includes('users:(') && line.split(/\s+/)[3]?.endsWith(`:${port}`) === true,
    );
    if (port === undefined || lines.length === 0) return [];
    const program = /users:\(\("([^"]+)",pid=(\d+)/.exec(lines[0] ?? '');
    const detail = `${name} listens on port ${port}, which ${program?.[1] ?? 'another program'}${program === null ? '' : ` (process ${program[2]})`} has on ${node}.`;
    const ways = [
      way(
        `When that program is not needed there: stop it, then connect again`,
        on(node, `drbdadm disconnect ${name}`),
        on(node, `drbdadm connect ${name}`),
      ),
      way('Or give the resource another port in the inventory (`replication: { port: N }`)', here('sanctl apply')),
    ];
    const evidence = lines.map((line) => ({ node, source: 'ss', line }));
    return [cause('port-taken', 'proven', { detail, evidence, ways })];
  });
}

function portOf({ volume }: Mirror, node: NodeName, { facts }: View): number | undefined {
  const have = facts.get(node)?.drbd;
  const running = have?.running.known === true ? have.running.value[volume.name]?.port : undefined;
  const configured = have?.configured.known === true ? have.configured.value[volume.name] : undefined;
  return running ?? configured?.hosts[node]?.port;
}

function fallsSay({ volume, replicas }: Mirror, view: View, pattern: RegExp): readonly Evidence[] {
  return replicas.flatMap(({ node }) => lastOf(node, lastFall(resourceLog(view, node, volume.name)), pattern));
}

interface FileOn {
  readonly node: NodeName;
  readonly sha256: string;
  readonly text: string | undefined;
}

function filesOf({ volume, replicas }: Mirror, { facts }: View): readonly FileOn[] {
  const path = drbdPath(volume.name);
  return replicas.flatMap(({ node }) => {
    const file = facts.get(node)?.file.files[path];
    if (file?.known !== true || file.value === 'absent') return [];
    return [{ node, sha256: file.value.sha256, text: file.value.text }];
  });
}

/** Lines that only one of the files has; it is to be the same bytes on every node (D9). */
function fileDifferences(mirror: Mirror, view: View): readonly Evidence[] {
  const source = drbdPath(mirror.volume.name);
  const files = filesOf(mirror, view);
  return files.flatMap(({ node, text }) =>
    files
      .filter((other) => other.node !== node && other.text !== undefined && text !== undefined)
      .flatMap((other) => {
        const theirs = new Set((other.text ?? '').split('\n').map((line) => line.trim()));
        const own = (text ?? '').split('\n').map((line) => line.trim());
        return own.filter((line) => line !== '' && !theirs.has(line)).map((line) => ({ node, source, line }));
      }),
  );
}

/** The texts, in which secrets are hidden, are the same, and the files are not. */
function hiddenDifference(mirror: Mirror, view: View): readonly Evidence[] {
  const files = filesOf(mirror, view);
  const [first, ...others] = files;
  const differ = others.some(
    ({ sha256, text }) => sha256 !== first?.sha256 && text !== undefined && text === first?.text,
  );
  if (!differ) return [];
  const source = drbdPath(mirror.volume.name);
  return files.map(({ node, sha256 }) => ({
    node,
    source,
    line: `sha256 ${sha256.slice(0, 16)}…: the same text, but for what is hidden in it`,
  }));
}

/** D17, and what was set by hand, or by a migration that broke off. */
function runtimeDifferences({ volume, replicas }: Mirror, { facts }: View): readonly Evidence[] {
  const known = replicas.filter(({ running }) => running?.twoPrimaries !== undefined);
  const unequal = new Set(known.map(({ running }) => running?.twoPrimaries)).size > 1;
  const windows = unequal
    ? known.map(({ node, running }) => ({
        node,
        source: 'drbdsetup show',
        line: `allow-two-primaries ${running?.twoPrimaries === true ? 'yes' : 'no'};`,
      }))
    : [];
  const adjust = replicas.flatMap(({ node }) => {
    const half = facts.get(node)?.drbd.halves[volume.name]?.adjust;
    const lines = half?.known === true ? half.value.filter((line) => line.includes(' net-options ')) : [];
    return lines.map((line) => ({ node, source: 'drbdadm -d adjust', line }));
  });
  return [...windows, ...adjust];
}
