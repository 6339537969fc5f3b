/** Why the VMs of a dead node are not started elsewhere: the reason, and the way out. */
import { type Diagnostic, error, warning } from '../../../diagnostic.ts';
import { formatSeconds, formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import type { Vm } from '../../site.ts';

/** What is about one mirror of a VM, on the node that is to run it. */
export interface Where {
  readonly vm: Vm;
  readonly volume: string;
  readonly to: NodeName;
  readonly dead: NodeName;
}

export function noSuchVm(name: string, all: readonly string[]): Diagnostic {
  return error('failover/no-such-vm', 'There is no such VM', `The inventory has no VM \`${name}\`.`, {
    help: `Its VMs are ${all.join(', ')}.`,
  });
}

export function nothing(dead: NodeName): Diagnostic {
  return error(
    'failover/nothing',
    'No VM is to be started elsewhere',
    `Of the VMs that the inventory wants running, none could have run on ${dead} and runs nowhere else, and can be started.`,
    { help: '`sanctl vm list` shows where each of them is.' },
  );
}

/** Its data are where nobody can get at them. */
export function stays({ name }: Vm, dead: NodeName, why: string): Diagnostic {
  return warning('failover/stays', 'A VM stays down', `domain/${name} is not started: ${why}.`, {
    help: `It comes back with ${dead}, or from a backup.`,
  });
}

export function noRoom({ name, memory }: Vm, rooms: readonly string[]): Diagnostic {
  const detail = `domain/${name} asks for ${formatSize(memory.bytes)}; ${rooms.join(', ')} when those before it have started.`;
  return error('failover/no-room', 'A VM of a dead node finds no room', detail, {
    help: 'Stop a VM there that can wait (`sanctl vm stop`), or start only those that count: `--only VM`, once for each.',
  });
}

/** D2, D5, D13: states that a person looks at. `why`: a clause. */
export function mirrorNotReady({ vm, volume, to }: Where, why: string): Diagnostic {
  return error(
    'failover/mirror',
    'A mirror may not be used without its other side',
    `drbd/${volume} on ${to}, a disk of domain/${vm.name}: ${why}.`,
    { help: `\`sanctl why volume/${volume}\` tells more. Start the other VMs alone by \`--only VM\`, once for each.` },
  );
}

export function notWhole({ vm, volume, to, dead }: Where, why: string): Diagnostic {
  return error(
    'failover/not-whole',
    'A mirror may lack what the dead node has',
    `drbd/${volume} on ${to}, a disk of domain/${vm.name}: ${why}. What ${vm.name} wrote on ${dead} since then is on ${dead} alone.`,
    { help: bringBack(dead) },
  );
}

/** It says of itself that it is up to date, and is not. */
export function lostBefore({ vm, volume, to, dead }: Where, age: number, before: number, last: string): Diagnostic {
  return error(
    'failover/lost-before',
    'A mirror was not connected at the end',
    `drbd/${volume} on ${to}, a disk of domain/${vm.name}, lost ${dead} ${formatSeconds(age)} ago, ${formatSeconds(before)} before ${dead} was last heard (by ${last}). What ${vm.name} wrote in between is on ${dead} alone.`,
    { help: bringBack(dead) },
  );
}

/** A link that was cut looks the same from here as a node that died. */
export function tooOld({ vm, volume, to, dead }: Where, age: number, limit: number): Diagnostic {
  return error(
    'failover/too-old',
    'A mirror has been alone for long',
    `drbd/${volume} on ${to}, a disk of domain/${vm.name}, lost ${dead} ${formatSeconds(age)} ago, and ${formatSeconds(limit)} are allowed. If ${dead} lived on after that, what ${vm.name} wrote then is on ${dead} alone, and ${vm.name} would go on without it.`,
    {
      help: `Who used ${vm.name} last, and when? If ${dead} died when it was lost: \`--age ${Math.ceil(age / 60) + 5}min\` says so. Otherwise bring ${dead} back.`,
    },
  );
}

function bringBack(dead: NodeName): string {
  return `Bring ${dead} back: its data are the newer ones. sanctl starts nothing on data that may be old; whether old data are better than none, only a person can say (\`drbdadm primary\`, \`xl create\`).`;
}

export function fileDiffers({ name }: Vm, to: NodeName, path: string): Diagnostic {
  return error(
    'failover/file-differs',
    'The file of a VM is not as the inventory says',
    `${path} on ${to} is not the one of domain/${name} (X6).`,
    {
      help: `It is written by an apply while all nodes are there. Put the inventory back as it was then, or start the other VMs alone by \`--only VM\`.`,
    },
  );
}

export function lacks({ name }: Vm, to: NodeName, what: readonly string[]): Diagnostic {
  const detail = `domain/${name} needs ${what.join(' and ')}, which ${to} does not have.`;
  return error('failover/lacks', 'A node lacks what a VM needs', detail, {
    help: `Copy or make it on ${to}; or start the other VMs alone by \`--only VM\`, once for each.`,
  });
}

/** What is known, and what is not: shown with the plan. */
export function goesOn({ name }: Vm, to: NodeName, dead: NodeName, age: number): Diagnostic {
  return warning(
    'failover/goes-on',
    'A VM goes on with what one side has',
    `domain/${name} starts on ${to} with what ${to} had when it lost ${dead}, ${formatSeconds(age)} ago. What ${dead} wrote after that, if it lived on, stays there.`,
    {
      help: `When ${dead} comes back, DRBD compares the two: what was written on both sides is never joined by itself.`,
    },
  );
}
