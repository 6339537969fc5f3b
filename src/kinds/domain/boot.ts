/**
 * What a node does by itself when it boots, as files: a script, its list, and its unit (docs/boot.md). The list is data: mirrors
 * to bring up, and for each domain to start what its disks, its file and the nodes to ask are. Pure.
 */
import { nodeLayout } from '../../shell/layout.ts';
import { localLockText } from '../../shell/lock.ts';
import type { NodeName } from '../../step.ts';
import { goodState } from '../drbd/ask.ts';
import { dialectOf } from '../drbd/dialect.ts';
import * as paths from '../file/paths.ts';
import { type FileWant, fileAddress, fileThing } from '../file/thing.ts';
import { fillOf } from '../fill/address.ts';
import { hostAddress } from '../host/index.ts';
import { sshCommand } from '../host/trust.ts';
import type { Thing } from '../kind.ts';
import { onNode, startsAlone, startsAtBoot } from '../on-node.ts';
import { volumesOf } from '../reach.ts';
import { bootService } from '../service/index.ts';
import type { Site, Vm, Volume } from '../site.ts';
import type { TemplateView, World } from '../world.ts';
import { renderDomain } from './config.ts';
import type { Disk } from './devices.ts';
import { disksOf, hasXen, lastAsked } from './places.ts';

/** They speak of the whole site: with a node left out of a run, they stay as they are. */
export function bootThings(site: Site, world: World): readonly Thing[] {
  if (world.leftOut.length > 0) return [];
  return Object.keys(site.nodes).flatMap((node) => thingsOn(site, node, world));
}

/** A list that nobody wants any more would start its domains all the same: it is emptied. */
function thingsOn(site: Site, node: NodeName, world: World): readonly Thing[] {
  if (!startsAtBoot(site, node)) return isThere(node, world) ? [listOf(node, [], [], world)] : [];
  const homed = onNode(site, node).vms.filter((vm) => startsAlone(vm) && vm.home === node);
  const views = homed.map((vm) => vmView(vm, site, world));
  // Why a domain has no file or no disk is said where it is planned.
  if (views.some((view) => view === undefined)) return [];
  const vms = views.filter((view) => view !== undefined);
  const files = [...fixed(node, site, world), listOf(node, mirrors(site, node), vms, world)];
  const addresses = files.map((file) => `file/${file.name}@${node}`);
  return [...files, bootService(node, addresses)];
}

function isThere(node: NodeName, world: World): boolean {
  const state = world.have('file', node).files[paths.bootListPath];
  return state?.known === true && state.value !== 'absent';
}

/** Replicated disks of all that starts, or is served, by itself anywhere: each side brings its own up (D12). */
function mirrors(site: Site, node: NodeName): readonly Volume[] {
  const { vms, replicated, exported } = onNode(site, node);
  const wanted = new Set([...vms.filter(startsAlone).flatMap(volumesOf), ...exported.map(({ name }) => name)]);
  return replicated.filter(({ name }) => wanted.has(name));
}

interface VmView {
  readonly name: string;
  readonly uuid: string;
  /** The sha256 of its file: what starts is what was planned (X6). */
  readonly config: string;
  /** `mirror=NAME=DEVICE` (`reader=` when it only reads), `slice=GROUP/NAME`, `node=NAME=ADDRESS`. */
  readonly words: readonly string[];
}

function vmView(vm: Vm, site: Site, world: World): VmView | undefined {
  const disks = disksOf(site, vm, world);
  const config = disks.known ? world.digest(renderDomain(vm, disks.value, world)) : undefined;
  if (!disks.known || config === undefined) return undefined;
  const others = lastAsked(site, vm, world).filter((node) => node !== vm.home && hasXen(node, world));
  const nodes = others.map((node) => `node=${node}=${site.nodes[node]?.address}`);
  return {
    name: vm.name,
    uuid: vm.uuid,
    config,
    words: [...disks.value.flatMap((disk) => diskWord(disk, site)), ...nodes],
  };
}

/** Who only reads a plain disk does no harm. */
function diskWord({ on, volume, path, readOnly, replicated }: Disk, site: Site): readonly string[] {
  if (on !== 'volume') throw new Error(`the inventory lets no domain on the ${on} ${volume} start by itself`);
  if (replicated) return [`${readOnly ? 'reader' : 'mirror'}=${volume}=${path}`];
  return readOnly ? [] : [`slice=${site.volumes[volume]?.group}/${volume}`];
}

function listOf(node: NodeName, mirrored: readonly Volume[], vms: readonly VmView[], world: World): Thing<FileWant> {
  const view: TemplateView = {
    script: paths.bootScriptPath,
    node,
    mirrors: mirrored.map(({ name, group }) => ({ name, group })),
    vms: vms.map(({ name, uuid, config, words }) => ({ name, uuid, config, words })),
  };
  const content = world.render('domain/boot.list', view);
  const configs = vms.map(({ name }) => fileAddress(paths.domainPath(name), node));
  // What is half filled is not started at a boot either.
  const fills = vms
    .flatMap(({ name }) => volumesOf(world.site.vms[name] ?? { disks: [] }))
    .flatMap((volume) => fillOf(volume, world.site));
  const want = { path: paths.bootListPath, content, mode: '0644', folder: '0755' };
  return fileThing(node, want, [hostAddress(node), ...configs, ...fills]);
}

/** The same for every list. */
function fixed(node: NodeName, site: Site, world: World): readonly Thing<FileWant>[] {
  const script: FileWant = {
    path: paths.bootScriptPath,
    content: world.render('domain/boot', scriptView(node, site, world)),
    mode: '0755',
    folder: '0755',
    check: ['sh', '-n', '{}'],
  };
  const unit: FileWant = {
    path: paths.bootUnitPath,
    content: world.render('domain/sanctl-boot.service', { script: paths.bootScriptPath }),
    mode: '0644',
  };
  return [script, unit].map((want) => fileThing(node, want, [hostAddress(node)]));
}

/** A node without mirrors has no dialect, and needs none; one whose dialect is not known is refused with its mirrors. */
function scriptView(node: NodeName, site: Site, world: World): TemplateView {
  return {
    path: nodeLayout.path,
    run: nodeLayout.run,
    uptime: nodeLayout.uptime,
    list: paths.bootListPath,
    configs: paths.xenFolder,
    ssh: sshCommand(site),
    waitSeconds: site.boot.waitSeconds,
    locked: localLockText,
    // Three replicas (9, unproven) never match: those VMs are left to a person.
    good: goodState({ replicas: ['', ''] }, dialectOf(world.have('drbd', node)) ?? '8.4'),
  };
}
