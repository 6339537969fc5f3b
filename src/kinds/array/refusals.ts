/** Why an array is left as it is. */
import { type Diagnostic, error, note, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import type { RaidArray } from '../site/array.ts';
import type { Device } from '../volume-group/facts.ts';
import { foundOn } from '../volume-group/found.ts';
import type { Assembled } from './facts.ts';
import { arrayUnit } from './paths.ts';

export function notBlank({ name, node }: RaidArray, path: string, device: Device): Diagnostic {
  const detail = `${path} on ${node} (${formatSize(device.bytes)}) is not blank: ${foundOn(device).join('; ')} (R1).`;
  return error('array/not-blank', 'A member of a new array is not blank', detail, {
    help: `If nothing on it is needed any more, erase it by hand: \`wipefs --all ${path}\`, then \`blkdiscard --zeroout ${path}\`; and plan again. It was to be a member of ${name}.`,
  });
}

export function leftDown({ name }: RaidArray, node: NodeName, device: string): Diagnostic {
  return error(
    'array/left-down',
    'An array of the host would not come up after a boot',
    `${device} runs on ${node} and stands in no ARRAY line there; what array/${name} writes (\`AUTO -all\`, R2) would leave it down.`,
    {
      help: `If it is the host's: \`mdadm --detail --brief /dev/${device} >>/etc/mdadm/mdadm.conf\` on ${node}, \`update-initramfs -u\`, and plan again. If nothing uses it and it is made of members of yours: \`mdadm --stop /dev/${device}\`.`,
    },
  );
}

/** `isOurs`: this node made it whole, or took it over. Of one that is used, no member is ever told to be erased. */
export function halfThere(
  { name, node }: RaidArray,
  with_: readonly string[],
  without: readonly string[],
  isOurs: boolean,
): Diagnostic {
  const detail = `array/${name} on ${node}: ${with_.join(', ')} belong to an array, ${without.join(', ')} to none.`;
  const goOn = `\`sanctl run array-degraded --set array=${name} --set without=${without.join(',')}\`, then \`mdadm --add\` of what is blank (docs/arrays.md)`;
  const elsewhere = `If another node made it, and it is gone with members of its own: \`sanctl run array-take-over --set array=${name}\`, ${goOn}. If making it broke off here: \`mdadm --zero-superblock\` of the ones that bear it, if it was never used.`;
  return error('array/half-there', 'Only some members of an array bear it', detail, {
    help: isOurs ? `If those were replaced by blank ones: ${goOn}.` : elsewhere,
  });
}

export function missing({ name, node }: RaidArray, paths: readonly string[]): Diagnostic {
  const detail = `array/${name} on ${node} is not assembled, and ${paths.join(', ')} cannot be read; what is there may be newer than the rest (R2).`;
  return error('array/member-missing', 'A member of an array is out of reach', detail, {
    help: `Bring it back. If it is gone for good: \`sanctl run array-degraded --set array=${name} --set without=PATH\` goes on without one, at your word.`,
  });
}

export function lost({ name, node }: RaidArray): Diagnostic {
  const detail = `array/${name} was made on ${node} before, and now none of its members bears it.`;
  return error('array/lost', 'An array is gone from its members', detail, {
    help: `Find out what happened to them. To make it anew, which loses whatever it held: \`rm /var/lib/sanctl/array/${name}\` there, and plan again.`,
  });
}

export function unknownArray({ name, node }: RaidArray, uuid: string): Diagnostic {
  const detail = `The members of array/${name} on ${node} belong to array ${uuid}, which sanctl did not make there.`;
  return error('array/not-ours', 'The members belong to an array that this node does not know', detail, {
    help: `If it is this one and no other node has it assembled: \`sanctl run array-take-over --set array=${name}\`.`,
  });
}

export function cannotCompare({ name, node }: RaidArray, why: string): Diagnostic {
  return error('array/members-differ', 'The members are not of one array', `array/${name} on ${node}: ${why}.`, {
    help: '`mdadm --examine` of each member tells which one does not belong here.',
  });
}

export function splitBrain({ name, node }: RaidArray, one: string, other: string): Diagnostic {
  const detail = `array/${name} on ${node}: ${one} went on without ${other}, and ${other} without ${one} (R2). mdadm would take one of the two, or mix them.`;
  return error('array/split-brain', 'Members of an array went different ways', detail, {
    help: `Look at both, one at a time and read-only, and decide which is to stay. Of the other: \`mdadm --zero-superblock\`, \`wipefs\`, \`blkdiscard --zeroout\`, then \`mdadm --add\` on ${node}.`,
  });
}

export function otherShape({ name, node }: RaidArray, { device }: Assembled, what: string): Diagnostic {
  return error('array/shape', 'An array differs from the inventory', `array/${name} on ${node} (${device}): ${what}.`, {
    help: 'Write it into the inventory as it is, or change it by hand: docs/arrays.md.',
  });
}

export function elsewhere({ name, node }: RaidArray, devices: readonly string[]): Diagnostic {
  const detail = `Members of array/${name} on ${node} are in ${devices.join(' and ')}, which is not /dev/md/${name} and is in use.`;
  return error('array/in-another', 'A member belongs to another array', detail, {
    help: '`mdadm --detail` tells what it is.',
  });
}

export function degraded({ name, node }: RaidArray, what: readonly string[]): Diagnostic {
  return warning(
    'array/degraded',
    'An array runs without all of its members',
    `array/${name} on ${node}: ${what.join('; ')}.`,
    {
      help: 'Plan again when they are back: only what was written meanwhile is copied. A blank one in the place of a lost one: `sanctl run array-replace` (docs/arrays.md).',
    },
  );
}

/** R1, R7: what is in the list and not in the array is a person's to decide about. */
export function moreMembers({ name, node }: RaidArray, { disks }: Assembled, paths: readonly string[]): Diagnostic {
  const detail = `array/${name} on ${node} has ${disks} members; ${paths.join(', ')} ${paths.length === 1 ? 'is none' : 'are none'} of them.`;
  return warning('array/more-members', 'The inventory names more members than an array has', detail, {
    help: `One more: \`sanctl run array-grow --set array=${name} --set member=PATH\`. For another one: \`sanctl run array-replace --set array=${name} --set old=PATH --set new=PATH\`. One that was replaced: take it out of the inventory.`,
  });
}

export function notRunning({ name, node }: RaidArray): Diagnostic {
  return error('array/stopped', 'An array is not assembled', `array/${name} on ${node}.`, {
    help: `Why its unit did not assemble it: \`journalctl --unit=${arrayUnit(name)}\` on ${node}; then \`sanctl run array-start --set array=${name}\`.`,
  });
}

export function noGrowth({ name, level }: RaidArray): Diagnostic {
  const detail = `array/${name} is RAID ${level}; sanctl grows RAID 1, 5 and 6.`;
  return error('array/no-growth', 'An array of this level is not grown by members', detail, {
    help: 'Make another array, and copy.',
  });
}

export function noRedundancy({ name, level }: RaidArray): Diagnostic {
  const detail = `array/${name} is RAID ${level}: no member can be copied to another while it runs (md(4)).`;
  return error('array/no-redundancy', 'A member of an array without redundancy is not replaced', detail, {
    help: 'Stop the array, copy the member as it is, and name the copy in the inventory instead of it.',
  });
}

export function busy({ name, node }: RaidArray, { action, degraded }: Assembled): Diagnostic {
  const what = degraded > 0 ? `lacks ${degraded} of its members` : `is busy with ${action}`;
  return error('array/busy', 'An array is not whole and at rest', `array/${name} on ${node} ${what}.`, {
    help: 'See how far it is: `sanctl array status`. When it is clean, run this again.',
  });
}

export function bothIn({ name }: RaidArray, old: string, fresh: string): Diagnostic {
  return error('array/both-in', 'Both are members of the array', `array/${name}: ${old} and ${fresh}.`, {
    help: 'A member is replaced by a blank one that is none yet: `sanctl array status` shows which they are.',
  });
}

export function copying({ name, node }: RaidArray, path: string): Diagnostic {
  return note('array/copying', 'A member of an array is being written', `array/${name} on ${node}: ${path}.`, {
    help: 'See how far it is: `sanctl array status`. When it has ended, run this again: it lets go of the old one.',
  });
}

export function notIn({ name, node }: RaidArray, path: string): Diagnostic {
  return error('array/not-in', 'A device has no place in the array', `array/${name} on ${node}: ${path}.`, {
    help: 'See what the kernel says of it: `sanctl array status`, `dmesg`. Running the playbook again looks first, and does what is missing.',
  });
}

export function noMember({ name }: RaidArray, path: string, paths: readonly string[]): Diagnostic {
  return error('array/no-member', 'An array has no such member', `array/${name}: ${path}`, {
    help: `Its members, by the inventory, are ${paths.join(', ')}.`,
  });
}

export function failed({ name, node }: RaidArray): Diagnostic {
  return error('array/failed', 'An array has lost more members than it can', `array/${name} on ${node}.`, {
    help: 'Nothing is written to it any more. Bring its members back, stop what uses it, `mdadm --stop`; then look at `mdadm --examine` of each before anything else (docs/arrays.md).',
  });
}

export function notAsked({ name }: RaidArray, nodes: readonly NodeName[]): Diagnostic {
  const detail = `array/${name}: ${nodes.join(', ')} was left out, and may have it assembled (R5).`;
  return error('array/not-asked', 'An array is not taken over from nodes that nobody asked', detail, {
    help: `If it is certain that they are off, and stay so until the array runs here: say so with \`--set off=${nodes.join(',')}\`.`,
  });
}

export function assembledOn({ name }: RaidArray, node: NodeName, devices: readonly string[]): Diagnostic {
  const detail = `array/${name} is ${devices.join(' and ')} on ${node} (R5).`;
  return error('array/assembled-elsewhere', 'Another node has an array assembled', detail, {
    help: `Stop what uses it there, then \`systemctl stop sanctl-array-${name}\` or \`mdadm --stop\`.`,
  });
}

export function connectedOn({ name }: RaidArray, node: NodeName, devices: readonly string[]): Diagnostic {
  const detail = `Members of array/${name} are connected on ${node} as ${devices.join(' and ')} (R5, N7).`;
  return error('array/connected-elsewhere', 'Another node has members of an array connected', detail, {
    help: `On ${node}: make sure that nothing uses them, then \`systemctl disable --now\` of their import (\`sanctl-import-NAME\`, \`sanctl-initiator@NAME\`); what stays connected: \`nbd-client -d\`, \`iscsiadm -m session\` and its logout.`,
  });
}
