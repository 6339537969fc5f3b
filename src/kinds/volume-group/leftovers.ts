/**
 * What the kernel keeps of a group whose disk died while it was in use: names of the device mapper that lead nowhere. LVM does
 * not list them any more, and makes no group of that name while they are there ("already exists in filesystem", exit 3; tried,
 * lvm2 2.03.16).
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe, type ProbeOutputs, run, type WaitFor } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { answer, every, known, notFound, type Reading, read, success, unreadable, whole } from '../reading.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { orNothing } from './want.ts';

interface Mapped {
  /** `vg0-web--root`. */
  readonly name: string;
  readonly uuid: string;
  /** How many have it open, other names of the device mapper included. */
  readonly open: number;
  readonly group: string;
  /** The names that stand on it. */
  readonly below: readonly string[];
}

const fields = 'name,uuid,open,vg_name,names_using_dev';

/** No name of the device mapper has a slash (it writes `\x2f`). */
export const mappedProbe: Probe = {
  name: 'volumeGroup.mapped',
  command: command('dmsetup', 'info', '-c', '--noheadings', '--separator', '/', '-o', fields),
};

export function parseMapped(outputs: ProbeOutputs): Reading<readonly Mapped[]> {
  const { name } = mappedProbe;
  const asked = answer(outputs, name);
  if (asked.known && asked.value.code === notFound) return known([]);
  return read(success(outputs, name), name, (text) => {
    const lines = text.split('\n').filter((line) => line !== '' && line !== 'No devices found');
    return every(lines, mapped);
  });
}

function mapped(line: string): Mapped | undefined {
  const [name, uuid, opened, group, users, ...more] = line.split('/');
  const open = whole(opened);
  if (name === undefined || uuid === undefined || open === undefined) return undefined;
  if (group === undefined || users === undefined || more.length > 0) return undefined;
  return { name, uuid, open, group, below: users === '' ? [] : users.split(',') };
}

/** Only of a group that LVM does not know any more. What lies on the old disk stays as it is. */
export function planLetGo(group: string, node: NodeName, world: World): Verdict {
  const groups = orNothing(world.have('volumeGroup', node).groups, world, node);
  const all = parseMapped(world.answers(node));
  if (!groups.known) return refuse(unreadable(`volumeGroup/${group}`, node, groups.why));
  if (!all.known) return refuse(unreadable(`volumeGroup/${group}`, node, all.why));
  if (groups.value.some(({ name }) => name === group)) return asWished;
  const left = all.value.filter((one) => one.group === group && one.uuid.startsWith('LVM-'));
  const held = left.filter(({ open, below }) => open > below.length);
  if (held.length > 0) return refuse(...held.map(({ name }) => stillOpen(name, node)));
  if (left.length === 0) return asWished;
  const names = topFirst(left).map(({ name }) => name);
  return steps({
    verb: 'let-go',
    node,
    title: `let go of what the kernel still has of ${group}, whose disk is gone: ${names.join(', ')}`,
    danger: 'none',
    guards: [isGone(group), ...left.map(isSame)],
    actions: [run('dmsetup', 'remove', ...names), untilNameIsFree(group)],
    reason: `LVM knows no group ${group} any more, and makes none of that name while these are there`,
  });
}

function topFirst(list: readonly Mapped[]): readonly Mapped[] {
  const free = list.filter(({ below }) => !list.some(({ name }) => below.includes(name)));
  return free.length === 0 ? list : [...free, ...topFirst(list.filter((one) => !free.includes(one)))];
}

function isGone(group: string): Guard {
  return {
    ask: command('vgs', '--noheadings', '-o', 'vg_uuid', '--select', `vg_name=${group}`),
    expect: { stdout: '' },
    proves: `LVM sees no volume group ${group}`,
  };
}

function isSame({ name, uuid, open }: Mapped): Guard {
  return {
    ask: command('dmsetup', 'info', '-c', '--noheadings', '--separator', '/', '-o', 'uuid,open', name),
    expect: { stdout: `${uuid}/${open}` },
    proves: `${name} is what the plan saw, and nobody has it open (C2, C3)`,
  };
}

/** udev takes the names away a moment later. */
function untilNameIsFree(group: string): WaitFor {
  return {
    do: 'wait',
    what: `/dev/${group} is gone`,
    command: command('sh', '-c', '[ ! -e "/dev/$1" ]', 'sh', group),
    until: { exit: 0 },
    timeoutSeconds: 20,
    everySeconds: 1,
  };
}

function stillOpen(name: string, node: NodeName): Diagnostic {
  return error(
    'volumeGroup/held',
    'Somebody has a volume of a lost disk open',
    `${name} on ${node} belongs to a volume group that is gone, and is open.`,
    {
      help: `\`lsblk /dev/mapper/${name}\` and \`fuser -v /dev/mapper/${name}\` tell who: stop it. A mirror that has not noticed yet goes on without its disk by \`drbdadm detach NAME\` there, once \`cat /proc/drbd\` says that its peer is UpToDate and connected.`,
    },
  );
}
