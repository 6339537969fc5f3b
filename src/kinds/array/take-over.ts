/**
 * An array that another node made is known here only when every node of the site has said that it does not have it (R5):
 * not the one that the inventory named before, of which it says nothing any more, but all of them.
 */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type ProbeOutputs, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { orAbsent } from '../image/facts.ts';
import type { ImportFacts } from '../import/facts.ts';
import type { InitiatorFacts } from '../initiator/facts.ts';
import { known, type Reading, read, success, unreadable } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import type { Asks } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { digits, parseAssembled, sysfsScript } from './parse.ts';
import { arrayRecords } from './paths.ts';
import { readSeen, stopped, whyNot } from './prove.ts';
import * as no from './refusals.ts';
import { legAt } from './seen.ts';
import { memberPaths } from './things.ts';

const assembledAsk = 'array.everywhere';
const recordAsk = 'array.everywhere.record';

export function takeOverAsks({ name }: RaidArray, { nodes }: Site): Asks {
  const probes = [
    { name: assembledAsk, command: command('sh', '-c', sysfsScript) },
    { name: recordAsk, command: command('cat', '--', recordPath(name)) },
  ];
  return new Map(Object.keys(nodes).map((node) => [node, probes]));
}

/** `off`: the operator's word about nodes that could not be asked. It stands in the journal with the run. */
export function planTakeOver(array: RaidArray, off: string, world: World): Verdict {
  const { name, node } = array;
  const unasked = world.leftOut.filter((one) => !off.split(',').includes(one));
  if (unasked.length > 0) return refuse(no.notAsked(array, unasked));
  const seen = readSeen(array, world);
  if (!seen.known) return refuse(unreadable(`array/${name}`, node, seen.why));
  const legs = seen.value.members.flatMap(legAt);
  const uuid = legs[0]?.uuid;
  if (uuid === undefined) return refuse(no.missing(array, memberPaths(array, world.site)));
  const others = Object.keys(world.site.nodes).filter((one) => one !== node);
  const problem =
    whyNot(array, legs, uuid) ??
    ([uuid, 'absent'].includes(seen.value.record) ? undefined : no.unknownArray(array, uuid));
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...others.flatMap((one) => usedOn(one, array, uuid, world)),
  ];
  if (problems.length > 0) return refuse(...problems);
  const forgets = others.filter((one) => recordOn(one, world) === uuid).map((one) => forget(name, one, uuid));
  if (seen.value.record === uuid && forgets.length === 0) return asWished;
  return steps(...forgets, know(array, uuid, forgets));
}

/** That it has the array, or a member of it connected, or that nobody knows. */
function usedOn(node: NodeName, array: RaidArray, uuid: string, world: World): readonly Diagnostic[] {
  const address = `array/${array.name}`;
  const answers = world.answers(node);
  const assembled = read(success(answers, assembledAsk), assembledAsk, parseAssembled);
  const record = recordOf(answers);
  const unread = [assembled, record, ...connectionsOf(array, node, world)].flatMap((one) =>
    one.known ? [] : [one.why],
  );
  const having = assembled.known ? assembled.value.filter((one) => one.uuid === uuid).map(({ device }) => device) : [];
  const wires = connectionsOf(array, node, world).flatMap((one) => (one.known ? one.value : []));
  return [
    ...unread.map((why) => unreadable(address, node, why)),
    ...(having.length === 0 ? [] : [no.assembledOn(array, node, having)]),
    ...(wires.length === 0 ? [] : [no.connectedOn(array, node, wires)]),
  ];
}

/** Devices over which it could still be written there. */
function connectionsOf(
  { members }: RaidArray,
  node: NodeName,
  { site, have }: World,
): readonly Reading<readonly string[]>[] {
  const exports = members.flatMap((on) => ('export' in on ? (site.exports[on.export] ?? []) : []));
  const iqns = exports.flatMap((one) => (one.via === 'iscsi' ? [one.iqn] : []));
  const names = exports.flatMap((one) => (one.via === 'iscsi' ? [] : [one.wireName]));
  return [
    ...(names.length === 0 ? [] : [connectedTo(names, have('import', node))]),
    ...(iqns.length === 0 ? [] : [loggedInTo(iqns, have('initiator', node))]),
  ];
}

function connectedTo(names: readonly string[], { devices }: ImportFacts): Reading<readonly string[]> {
  if (!devices.known) return devices;
  return known(devices.value.filter(({ wireName }) => names.includes(wireName)).map(({ device }) => device));
}

/** A session whose line is broken writes on when it is back. */
function loggedInTo(iqns: readonly string[], { live }: InitiatorFacts): Reading<readonly string[]> {
  if (!live.known) return live;
  return known(
    live.value.sessions
      .filter(({ iqn }) => iqns.includes(iqn))
      .map(({ iqn, portal, disks }) => disks[0]?.device ?? `${iqn} at ${portal}`),
  );
}

function recordOf(answers: ProbeOutputs) {
  return orAbsent(answers, recordAsk, (text) => digits(text.trimEnd()));
}

function recordOn(node: NodeName, world: World): string | undefined {
  const record = recordOf(world.answers(node));
  return record.known ? record.value : undefined;
}

/** Its unit there assembles only what it has a record of: two nodes never know one array. */
function forget(name: string, node: NodeName, uuid: string): StepDraft {
  return {
    verb: 'forget',
    node,
    title: `forget on ${node} which array ${name} is`,
    danger: 'none',
    guards: [stopped(name, node, uuid)],
    actions: [run('rm', '--', recordPath(name))],
    reason: 'another node is to have it, and its unit here is not to assemble it any more',
  };
}

function know({ name, node }: RaidArray, uuid: string, after: readonly StepDraft[]): StepDraft {
  const colons = uuid.replace(/(.{8})(?=.)/g, '$1:');
  const script = 'echo "$3" >"$2" && sync "$2" && mv "$2" "$1"';
  return {
    verb: 'take-over',
    node,
    title: `know array ${colons} as ${name}`,
    danger: 'none',
    guards: [],
    actions: [
      run('mkdir', '-p', '-m', '0700', arrayRecords),
      run('sh', '-c', script, 'sh', recordPath(name), `${arrayRecords}/.${name}`, colons),
    ],
    reason: 'no other node has it assembled',
    needs: after.map((step) => `${step.node}#forget`),
  };
}

function recordPath(name: string): string {
  return `${arrayRecords}/${name}`;
}
