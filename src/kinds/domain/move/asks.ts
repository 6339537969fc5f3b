/** What the verbs of a move ask beside the facts, and how the answers read: what cannot be read is unknown (C5). */
import { command, type Probe } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import { stayAsks } from '../../cluster/stay.ts';
import { askMovers } from '../../drbd/timer.ts';
import { sshCommand } from '../../host/trust.ts';
import { answer, known, type Reading, read, success } from '../../reading.ts';
import type { Node, Site, Vm } from '../../site.ts';
import type { Asks } from '../../verb.ts';
import type { KindName, World } from '../../world.ts';
import { askedNodes } from '../places.ts';
import { importAsks } from './imports.ts';
import { askUnit, isAtWork, isEnded } from './unit.ts';

/** What a move rests on. To ask about packages, services and volume groups as well would double the time of each of its looks. */
export const moveReads: readonly KindName[] = ['host', 'file', 'volume', 'drbd', 'domain', 'cluster'];

/** Whether anybody moves a guest: on every node, because who receives one may do so from any; and how this one's own move ended. */
export function movementAsks(vm: Vm, site: Site): Asks {
  const movers: Probe = { name: 'domain.movers', command: askMovers };
  const unit: Probe = { name: `domain.unit:${vm.name}`, command: askUnit(vm) };
  const own = askedNodes(site, vm);
  return new Map(Object.keys(site.nodes).map((node) => [node, own.includes(node) ? [movers, unit] : [movers]]));
}

/** Who moves a guest there at this moment, one line each. */
export function moversOn(vm: Vm, node: NodeName, world: World): Reading<readonly string[]> {
  const outputs = world.answers(node);
  const movers = success(outputs, 'domain.movers');
  const unit = read(success(outputs, `domain.unit:${vm.name}`), `domain.unit:${vm.name}`, isAtWork);
  if (!movers.known) return movers;
  if (!unit.known) return unit;
  const lines = movers.value.split('\n').filter((line) => line.trim() !== '');
  return known(lines.length === 0 && unit.value ? ['its service has not ended'] : lines);
}

/** Proven of every node of the site, whatever the guest: what is received anywhere comes from nobody (C5). */
export function nobodySends({ site, answers }: World): boolean {
  return Object.keys(site.nodes).every((node) => {
    const movers = success(answers(node), 'domain.movers');
    return movers.known && movers.value.split('\n').every((line) => line.trim() === '' || isReceiver(line));
  });
}

/** The other end of a move. */
export function isReceiver(line: string): boolean {
  return / migrate-receive( |$)/.test(line) && !/ migrate( |$)/.test(line);
}

/** A service that has ended there, and is remembered. */
export function hasEndedUnit(vm: Vm, node: NodeName, world: World): boolean {
  const unit = success(world.answers(node), `domain.unit:${vm.name}`);
  return unit.known && isEnded(unit.value);
}

/** Each that is not there, one on a line. */
const missingFiles = `for path; do [ -e "$path" ] || printf '%s\\n' "$path"; done`;
const missingBridges = `for bridge; do [ -d "/sys/class/net/$bridge/bridge" ] || printf '%s\\n' "$bridge"; done`;

/** Movement; the way to the target from every node that may be the source; what the target must have. */
export function moveAsks(vm: Vm, to: Node, site: Site): Asks {
  const ssh = sshCommand(site);
  const reach: Probe = {
    name: `domain.reach:${to.name}`,
    command: command('sh', '-c', 'exec $1 "$2" xl info', 'sh', ssh, `root@${to.address}`),
    timeoutSeconds: 60,
  };
  const has = [...hasAsks(vm), ...importAsks(vm, 'target', site), ...stayAsks(vm, to.name, site)];
  const source = [reach, ...importAsks(vm, 'source', site)];
  const own = askedNodes(site, vm);
  const more = (node: NodeName): readonly Probe[] => (node === to.name ? has : own.includes(node) ? source : []);
  return new Map([...movementAsks(vm, site)].map(([node, probes]) => [node, [...probes, ...more(node)]]));
}

/** What a node must have to run it. */
export function hasAsks(vm: Vm): readonly Probe[] {
  return [
    { name: `domain.files:${vm.name}`, command: command('sh', '-c', missingFiles, 'sh', ...filesOf(vm)) },
    { name: `domain.bridges:${vm.name}`, command: command('sh', '-c', missingBridges, 'sh', ...bridgesOf(vm)) },
  ];
}

function filesOf({ boot }: Vm): readonly string[] {
  return 'kernel' in boot ? [boot.kernel, ...(boot.ramdisk === undefined ? [] : [boot.ramdisk])] : [];
}

function bridgesOf({ nics }: Vm): readonly string[] {
  return [...new Set(nics.map(({ bridge }) => bridge))];
}

export function missingFilesOn(vm: Vm, node: NodeName, world: World): Reading<readonly string[]> {
  return listed(`domain.files:${vm.name}`, node, world);
}

export function missingBridgesOn(vm: Vm, node: NodeName, world: World): Reading<readonly string[]> {
  return listed(`domain.bridges:${vm.name}`, node, world);
}

function listed(probe: string, node: NodeName, world: World): Reading<readonly string[]> {
  return read(success(world.answers(node), probe), probe, (text) => text.split('\n').filter((line) => line !== ''));
}

/** Why the way from one node to another does not work, in the words of ssh; undefined where it does. */
export function whyNoWay(from: NodeName, to: Node, world: World): string | undefined {
  const said = answer(world.answers(from), `domain.reach:${to.name}`);
  if (!said.known) return said.why;
  const { code, stdout, stderr } = said.value;
  if (code !== 0) return `exit ${code}: ${(stderr.trim() || stdout.trim()).slice(0, 1000)}`;
  const host = /^host +: (\S+)$/m.exec(stdout)?.[1];
  return host === to.name ? undefined : `${to.address} answers as ${JSON.stringify(host ?? 'nobody')} (T4)`;
}
