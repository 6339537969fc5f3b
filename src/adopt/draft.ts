/** From the looks of all nodes to a draft of the inventory, and all that it cannot say. Pure. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import { domainPath } from '../kinds/file/paths.ts';
import type { SshTarget } from '../kinds/site.ts';
import type { NodeName } from '../step.ts';
import { commonlyBarred, stackedGroups } from './barred.ts';
import { elsewhereOn } from './elsewhere.ts';
import * as findings from './findings.ts';
import { type DraftGroup, groupsOf } from './groups.ts';
import { type DraftVm, guestsOf } from './guests.ts';
import type { Look } from './look.ts';
import { mirrorsOf } from './mirrors.ts';
import { isDevice, isGroup, isHost } from './names.ts';
import type { DraftVolume } from './shape.ts';
import { slicesOf } from './slices.ts';

export interface Draft {
  readonly nodes: readonly DraftNode[];
  readonly groups: readonly DraftGroup[];
  readonly volumes: readonly DraftVolume[];
  readonly vms: readonly DraftVm[];
  readonly trust: 'managed' | 'manual';
  readonly waitSeconds: number | undefined;
}

export interface DraftNode {
  readonly name: NodeName;
  readonly address: string;
  readonly ssh: SshTarget;
}

/** What stays out because the planner would refuse it: `volume/web`, `vm/web`, `volumeGroup/vg0`. */
export type Excluded = ReadonlySet<string>;

export interface Drafted {
  readonly draft: Draft;
  readonly findings: readonly Diagnostic[];
}

/** Errors: without these nodes there is nothing to draft. */
export function draftOf(looks: readonly Look[], excluded: Excluded = new Set()): Result<Drafted> {
  const strange = [...badNames(looks), ...sameMachines(looks)];
  const addressed = looks.map((look) => addressOf(look, looks));
  const wrong = [...strange, ...addressed.flatMap(({ finding }) => finding ?? [])];
  if (hasErrors(wrong)) return failed(...wrong);
  const addresses = new Map(looks.map(({ node }, at) => [node, addressed[at]?.address ?? '']));
  const mirrors = mirrorsOf(looks, addresses);
  const secrets = unlikeSecrets(mirrors.volumes);
  const slices = slicesOf(looks);
  const stacked = stackedGroups(looks);
  const unnamed = namelessGroups(looks);
  const stays = ({ name, group, replicas }: DraftVolume): boolean =>
    !excluded.has(`volume/${name}`) &&
    !excluded.has(`volumeGroup/${group}`) &&
    !unnamed.has(group) &&
    !secrets.some((one) => one.name === name) &&
    !stacked.some(({ node }) => replicas.includes(node));
  const staying = [...mirrors.volumes, ...slices.volumes].filter(stays);
  const barred = commonlyBarred(looks, staying);
  const volumes = staying.filter(({ name }) => !barred.some((one) => one.name === name));
  const guests = guestsOf(looks, volumes);
  const vms = guests.vms.filter(({ name }) => !excluded.has(`vm/${name}`));
  const owning = looks.filter(({ node }) => !stacked.some((one) => one.node === node));
  const groups = groupsOf(owning, volumes).filter(
    ({ name }) => !excluded.has(`volumeGroup/${name}`) && !unnamed.has(name),
  );
  const isIn = ({ name }: { readonly name: string }): boolean => vms.some((vm) => vm.name === name);
  return ok({
    draft: {
      nodes: looks.map(({ node, ssh }) => ({ name: node, address: addresses.get(node) ?? '', ssh })),
      groups,
      volumes,
      vms,
      // Where no guest can move, there is nobody to know.
      trust: looks.some(({ trusted }) => trusted) ? 'managed' : 'manual',
      waitSeconds: looks.map(({ boot }) => boot.waitSeconds).find((seconds) => seconds !== undefined),
    },
    findings: [
      ...wrong,
      ...stacked.map(findings.stacked),
      ...[...mirrors.left, ...secrets, ...barred].map(findings.resource),
      ...[...slices.left, ...nameless(looks, [...mirrors.volumes, ...slices.volumes], unnamed)].map(findings.slice),
      ...guests.left.map(findings.guest),
      ...guests.unsaid.filter(isIn).map(({ name, node, keys }) => findings.settings(name, node, keys)),
      ...guests.beside.filter(isIn).map(({ name, node, path }) => findings.secondFile(name, node, path)),
      ...guests.differing
        .filter(isIn)
        .map(({ name, node, keys }) => findings.fileDiffers(name, node, domainPath(name), keys)),
      ...looks.flatMap(elsewhereOn),
      ...[...slices.unused].flatMap(([node, names]) => (names.length === 0 ? [] : [findings.unused(node, names)])),
    ],
  });
}

function badNames(looks: readonly Look[]): readonly Diagnostic[] {
  return looks.filter(({ node }) => !isHost(node)).map(({ node, ssh }) => findings.badNode(ssh.host, node));
}

/** T4. */
function sameMachines(looks: readonly Look[]): readonly Diagnostic[] {
  return looks.flatMap((look, at) => {
    const twin = looks
      .slice(0, at)
      .find(({ node, machineId }) => node === look.node || (machineId !== undefined && machineId === look.machineId));
    return twin === undefined ? [] : [findings.sameMachine(look.node, [twin.ssh.host, look.ssh.host])];
  });
}

interface Addressed {
  readonly address: string;
  readonly finding?: Diagnostic;
}

/** As most of the resources say; without any, what of its own no other node has as well. */
function addressOf({ node, addresses }: Look, looks: readonly Look[]): Addressed {
  const said = looks.flatMap(({ resources }) =>
    resources.flatMap(({ hosts }) => hosts.filter(({ name }) => name === node).map(({ address }) => address)),
  );
  const often = (address: string): number => said.filter((one) => one === address).length;
  const [most] = [...new Set(said)].sort((a, b) => often(b) - often(a));
  if (most !== undefined) return { address: most };
  const others = looks.filter((look) => look.node !== node).flatMap((look) => look.addresses);
  const own = addresses.filter((one) => !others.includes(one));
  const [first] = own;
  if (first === undefined) return { address: '', finding: findings.noAddress(node) };
  return own.length === 1 ? { address: first } : { address: first, finding: findings.chosenAddress(node, first, own) };
}

/** An inventory has one for all mirrors, or none. */
function unlikeSecrets(volumes: readonly DraftVolume[]): readonly findings.LeftOut[] {
  const mirrors = volumes.filter(({ mirror }) => mirror !== undefined);
  if (!mirrors.some(({ mirror }) => mirror?.secret === true)) return [];
  return mirrors
    .filter(({ mirror }) => mirror?.secret === false)
    .map(({ name, replicas }) => ({
      name,
      nodes: replicas,
      why: 'it has no shared secret, and others have one, which an inventory gives to all',
      way: 'Give it the same one in its file, by hand and on all of its nodes.',
    }));
}

/** Whose name, or the path of whose disk, cannot be written down. */
function namelessGroups(looks: readonly Look[]): ReadonlySet<string> {
  const pvs = looks.flatMap((look) => look.pvs).filter(({ path }) => !isDevice(path));
  const names = looks.flatMap(({ groups }) => groups.map(({ name }) => name)).filter((name) => !isGroup(name));
  return new Set([...names, ...pvs.map(({ group }) => group)]);
}

function nameless(
  looks: readonly Look[],
  volumes: readonly DraftVolume[],
  unnamed: ReadonlySet<string>,
): readonly findings.LeftOut[] {
  return volumes
    .filter(({ group }) => unnamed.has(group))
    .map(({ name, group, replicas }) => ({
      name: `${group}/${name}`,
      nodes: replicas,
      why: `the name of its group, or the path of a disk of it, cannot be written down: ${disksOf(group, looks).join(', ')}`,
      way: '`vgrename` gives the group another name; `pvs` shows the paths of its disks.',
    }));
}

function disksOf(group: string, looks: readonly Look[]): readonly string[] {
  return [...new Set(looks.flatMap(({ pvs }) => pvs.filter((one) => one.group === group).map(({ path }) => path)))];
}
