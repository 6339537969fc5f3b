/**
 * A pair of nodes from DRBD 8.4 to 9, as an outline for people: sanctl shows it, checks what can be checked, makes the files,
 * and runs none of it (docs/replicas.md, docs/decisions/0020). Pure.
 */
import { type Diagnostic, error, failed, hasErrors, ok, type Result } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { drbdPath } from '../file/paths.ts';
import type { Thing } from '../kind.ts';
import type { World } from '../world.ts';
import { dialectOf } from './dialect.ts';
import { isHealthy } from './life.ts';
import { plan } from './plan.ts';
import { notConnected } from './refusals.ts';
import { type DrbdWant, renderResource } from './resource.ts';
import { readSides } from './sides.ts';
import { expand } from './things.ts';

/** How far a stage was ever tried. */
type Tried = 'by the real tools' | 'on a file' | 'not tried';

export interface Stage {
  readonly node: NodeName;
  readonly title: string;
  /** Fewest up-to-date copies of each mirror while it goes on. */
  readonly copies: number;
  readonly commands: readonly string[];
  /** What must be seen before the next one. */
  readonly until: string;
  readonly tried: Tried;
}

export interface Outline {
  readonly pair: readonly [NodeName, NodeName];
  readonly mirrors: readonly string[];
  readonly stages: readonly Stage[];
  /** The file of each mirror in the words of 9, the same on both nodes, by its path. */
  readonly files: Readonly<Record<string, Content>>;
}

/** All that speaks against it at once. The node that comes first has fewer mirrors in use. */
export function upgradeOutline(one: NodeName, other: NodeName, world: World): Result<Outline> {
  const mirrors = mirrorsOn([one, other], world);
  const pair = [one, other] as const;
  const found = [
    ...(mirrors.length === 0 ? [nothingToMove(pair)] : []),
    ...(world.site.cluster === undefined ? [] : [inCluster()]),
    ...pair.flatMap((node) => notReady(node, world)),
    ...mirrors.flatMap((mirror) => notMovable(mirror, pair, world)),
  ];
  if (hasErrors(found)) return failed(...found);
  const names = mirrors.map(({ name }) => name);
  const inUse = (node: NodeName): number => names.filter((name) => isPrimary(name, node, world)).length;
  const [first, last] = inUse(one) <= inUse(other) ? [one, other] : [other, one];
  const files = mirrors.flatMap(({ want: { volume, replication, place } }) =>
    place.known ? [[drbdPath(volume.name), renderResource(volume, replication, place.value, '9', world)] as const] : [],
  );
  return ok({
    pair: [first, last],
    mirrors: names,
    stages: stages(first, last, names),
    files: Object.fromEntries(files),
  });
}

function stages(first: NodeName, last: NodeName, mirrors: readonly string[]): readonly Stage[] {
  return [
    {
      node: first,
      title: `move the VMs that run on ${first} to ${last}, and see that all is well`,
      copies: 2,
      commands: [`sanctl evacuate ${first}`, 'sanctl verify'],
      until: `no mirror is Primary on ${first}, and verify finds nothing`,
      tried: 'not tried',
    },
    ...oneNode(first, last, mirrors),
    {
      node: last,
      title: 'stop the VMs here: between 8.4 and 9 none is moved live',
      copies: 2,
      commands: ['xl shutdown -w VM', ...mirrors.map((name) => `drbdadm secondary ${name}`)],
      until: `\`xl list\` has none of them, and no mirror is Primary on ${last} (X1)`,
      tried: 'not tried',
    },
    {
      node: first,
      title: 'start them here, on the mirrors that they use',
      copies: 2,
      commands: [...mirrors.map((name) => `drbdadm primary ${name}`), 'xl create /etc/xen/VM.cfg'],
      until: `each runs on ${first}, and on no other node (X1)`,
      tried: 'not tried',
    },
    ...oneNode(last, first, mirrors),
    {
      node: last,
      title: 'see that nothing is left to do',
      copies: 2,
      commands: ['sanctl plan', 'sanctl verify'],
      until: 'the plan is empty: the files are those that sanctl would write',
      tried: 'not tried',
    },
  ];
}

function oneNode(node: NodeName, peer: NodeName, mirrors: readonly string[]): readonly Stage[] {
  const each = (text: (name: string) => string): readonly string[] => mirrors.map(text);
  return [
    {
      node,
      title: `take its mirrors down, and save their metadata; from here on ${peer} has the only copy`,
      copies: 1,
      commands: [
        ...each((name) => `drbdadm down ${name}`),
        ...each((name) => `drbdadm dump-md ${name} >/root/${name}.md-8.4`),
      ],
      until: 'each file ends with a closing brace; copy them to another machine',
      tried: 'by the real tools',
    },
    {
      node,
      title: 'put the module of DRBD 9 in place of that of 8.4; it is not in Debian 12',
      copies: 1,
      commands: ['modprobe -r drbd', 'modprobe drbd', 'cat /proc/drbd'],
      until: '`version: 9.`; anything else: no command of the next step (D16)',
      tried: 'not tried',
    },
    {
      node,
      title: 'put the files of 9 in place, with the line `shared-secret` of those that are there',
      copies: 1,
      commands: each(
        (name) => `install -m 600 ${name}.res ${drbdPath(name)} && drbdadm dump ${name} >/dev/null && echo good`,
      ),
      until: '`good` for each',
      tried: 'by the real tools',
    },
    {
      node,
      title:
        'convert the metadata, once; answer yes to one question only: `Valid v08 meta-data found, convert to v09?`',
      copies: 1,
      commands: [
        ...each((name) => `drbdadm create-md ${name}`),
        ...each((name) => `drbdadm dump-md ${name} | grep current-uuid`),
      ],
      until:
        'the current-uuid of each is the first one of `uuid { … }` in what was saved; with another one: stop, nothing is lost',
      tried: 'on a file',
    },
    {
      node,
      title: `bring them up, and wait until ${peer} has given them what they missed`,
      copies: 1,
      commands: [...each((name) => `drbdadm up ${name}`), ...each((name) => `drbdadm status ${name}`)],
      until: 'each is Connected and UpToDate on both sides: from here on there are two copies again',
      tried: 'not tried',
    },
  ];
}

type Mirror = Thing<DrbdWant>;

function mirrorsOn(nodes: readonly NodeName[], world: World): readonly Mirror[] {
  return expand(world.site, world).flatMap((thing) => {
    const ours = thing.kind === 'drbd' && thing.nodes.some((node) => nodes.includes(node));
    return ours ? [{ ...thing, want: thing.want as DrbdWant }] : [];
  });
}

function isPrimary(name: string, node: NodeName, world: World): boolean {
  const { running } = world.have('drbd', node);
  return running.known && running.value[name]?.role === 'Primary';
}

/** drbd-utils 9 speak both dialects; older ones only their own. */
function notReady(node: NodeName, world: World): readonly Diagnostic[] {
  const { kernel, utils } = world.have('drbd', node);
  const loaded = kernel.known && kernel.value.loaded && dialectOf({ kernel }) === '8.4';
  const speaks = utils.known && utils.value?.startsWith('9.') === true;
  if (loaded && speaks) return [];
  const why = loaded ? 'its drbd-utils are not known to speak both' : 'it does not run DRBD 8.4';
  return [
    error('upgrade/not-ready', 'A node is not ready for DRBD 9', `${node}: ${why}.`, {
      help: `\`sanctl facts ${node} --only drbd\` shows its versions. drbd-utils of Debian 12 (9.22) speak 8.4 and 9.`,
    }),
  ];
}

function notMovable(mirror: Mirror, pair: readonly NodeName[], world: World): readonly Diagnostic[] {
  const { name, nodes, want } = mirror;
  const others = nodes.filter((node) => !pair.includes(node));
  if (others.length > 0) return [otherPartner(name, others)];
  const verdict = plan(mirror, world);
  const wrong = verdict.diagnostics.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) return wrong;
  if (verdict.steps.length > 0 || want.volume.state === 'absent') return [notAsWished(name)];
  const read = readSides(want, world);
  if ('problems' in read) return read.problems;
  const { dialect } = want;
  const weak = read.sides.filter(
    (side) => dialect === undefined || side.fileChanges || !isHealthy({ ...want, dialect }, side),
  );
  return weak.length === 0 ? [] : [notConnected(want, weak)];
}

function nothingToMove(pair: readonly NodeName[]): Diagnostic {
  return error('upgrade/no-mirror', 'There is no mirror to move to DRBD 9', `No mirror is on ${pair.join(' and ')}.`, {
    help: 'Name the two nodes that have the mirrors.',
  });
}

function inCluster(): Diagnostic {
  const detail = 'Pacemaker would promote, start and fence while the two sides change.';
  return error('upgrade/in-cluster', 'A pair in a cluster is not moved to DRBD 9', detail, {
    help: 'Take the VMs and mirrors out of `cluster` first (docs/cluster.md), and back in when both nodes run DRBD 9.',
  });
}

function otherPartner(name: string, others: readonly NodeName[]): Diagnostic {
  const detail = `${name} has a replica on ${others.join(' and ')} as well, and a node has one module for all of its mirrors.`;
  return error('upgrade/other-partner', 'A mirror ties the pair to another node', detail, {
    help: 'An outline is made for two nodes that have mirrors with each other only. For more of them: after the same order, node by node, by hand.',
  });
}

function notAsWished(name: string): Diagnostic {
  return error('upgrade/not-as-wished', 'A mirror is not as the inventory says', `drbd/${name} has steps left to do.`, {
    help: `\`sanctl apply --only drbd/${name}\` first.`,
  });
}
