/** What cannot be said by an inventory: what, where, why, and what then. Each leaves out no more than it has to. */
import { type Diagnostic, error, note, warning } from '../diagnostic.ts';
import type { NodeName } from '../step.ts';

/** Why something stays out, and what a person may do about it. */
export interface Reason {
  readonly why: string;
  readonly way: string;
}

/** Of what an inventory cannot have, or the planner would refuse as it is. */
export interface LeftOut extends Reason {
  readonly name: string;
  readonly nodes: readonly NodeName[];
}

/** Of a volume group. */
export interface Stacked {
  readonly node: NodeName;
  readonly group: string;
  /** Paths of its disks. */
  readonly on: readonly string[];
}

function where({ name, nodes }: LeftOut): string {
  return `${name} on ${nodes.join(' and ')}`;
}

export function resource(left: LeftOut): Diagnostic {
  return warning('adopt/resource', 'A DRBD resource cannot be expressed', `${where(left)} is left out: ${left.why}.`, {
    help: left.way,
  });
}

export function slice(left: LeftOut): Diagnostic {
  return warning('adopt/volume', 'A logical volume cannot be expressed', `${where(left)} is left out: ${left.why}.`, {
    help: left.way,
  });
}

export function guest(left: LeftOut): Diagnostic {
  return warning('adopt/guest', 'A virtual machine cannot be expressed', `${where(left)} is left out: ${left.why}.`, {
    help: `${left.way} Until then sanctl knows nothing of it: give its disks to no other (X1).`,
  });
}

/** The planner's own word, so that what an inventory says is never refused as a whole. */
export function refused(thing: string, problems: readonly Diagnostic[]): Diagnostic {
  const why = problems.map(({ code, detail }) => `${detail} [${code}]`).join('\n');
  const help = problems.flatMap((one) => one.help ?? []).join(' ');
  return warning('adopt/refused', 'What is there, sanctl would refuse', `${thing} is left out:\n${why}`, {
    help: `${help} Then import again.`.trim(),
  });
}

export function settings(name: string, node: NodeName, keys: readonly string[]): Diagnostic {
  return warning(
    'adopt/settings',
    'Settings of a virtual machine have no place in an inventory',
    `${name} on ${node} has ${keys.join(', ')}. It is imported without; its file loses them once it is taken over, and the domain at its next start.`,
    {
      help: 'What is worth keeping goes into a template of your own, `templates/domain/domain.cfg` beside the inventory; then plan.',
    },
  );
}

export function fileDiffers(name: string, node: NodeName, path: string, keys: readonly string[]): Diagnostic {
  return warning(
    'adopt/file-differs',
    'A domain runs otherwise than its file says',
    `${name} runs on ${node}; ${path} has other ${keys.join(', ')}. The inventory says what runs.`,
    { help: 'If the file is right, put that into the inventory before you take the file over.' },
  );
}

/** X6: nobody looks at that one before it starts a guest. */
export function secondFile(name: string, node: NodeName, path: string): Diagnostic {
  return warning(
    'adopt/second-file',
    'A virtual machine has a second file',
    `${path} on ${node} is one of ${name}, too; sanctl keeps it in /etc/xen/${name}.cfg.`,
    {
      help: 'Remove it once the other one is there: `xl create` of an old file starts a guest on the disks of that time.',
    },
  );
}

/** L1. */
export function stacked({ node, group, on }: Stacked): Diagnostic {
  return warning(
    'adopt/stacked',
    'A volume group stands on what LVM must not see',
    `${group} on ${node} stands on ${on.join(', ')}, which the filter that sanctl writes would hide. No volume of ${node} is imported.`,
    {
      help: 'sanctl puts DRBD on logical volumes, not logical volumes on DRBD. Move what is on it first, or keep these nodes as they are.',
    },
  );
}

export function changes(name: string, nodes: readonly NodeName[], words: readonly string[]): Diagnostic {
  return warning(
    'adopt/changes',
    'Taking a resource over would change its settings',
    `drbd/${name} on ${nodes.join(' and ')}, by \`drbdadm adjust\` on one node after the other: ${words.join('; ')}.`,
    {
      help: 'Nothing is cut by it, but a line that breaks between the two may not come back by itself (D17). What must stay as it is goes into a template of your own, `templates/drbd/` beside the inventory.',
    },
  );
}

export function secretNeeded(variable: string, names: readonly string[]): Diagnostic {
  return note(
    'adopt/secret',
    'A shared secret was not read',
    `${names.join(', ')}: the secret of the replication link never leaves the nodes. The inventory expects it in \`${variable}\`.`,
    {
      help: `\`drbdadm dump ${names[0]}\` on a node shows it. Give exactly that value: with another one, taking over would change it. One secret stands for all resources.`,
    },
  );
}

export function chosenAddress(node: NodeName, chosen: string, all: readonly string[]): Diagnostic {
  return warning(
    'adopt/address',
    'No resource says which address a node replicates by',
    `${node} has ${all.join(', ')}; the inventory says ${chosen}.`,
    {
      help: '`address` is the one on the network for replication and migration. Nothing rests on it yet: correct it before you add a mirror.',
    },
  );
}

export function noAddress(node: NodeName): Diagnostic {
  return error('adopt/no-address', 'A node has no address', `${node} shows none but those of its links.`, {
    help: '`ip address` there tells more.',
  });
}

export function badNode(word: string, name: string): Diagnostic {
  return error('adopt/node-name', 'The name of a node cannot stand in an inventory', `${word} calls itself ${name}.`, {
    help: 'A node is known by `uname -n`, which DRBD takes as well: letters, digits and hyphens, without dots.',
  });
}

export function sameMachine(name: string, words: readonly string[]): Diagnostic {
  return error('adopt/same-machine', 'Two words lead to one machine', `${words.join(' and ')} are both ${name}.`, {
    help: 'Name each machine once. Clones with one machine-id are one to DRBD and LVM, too: give them ids of their own (T4).',
  });
}

export function unused(node: NodeName, names: readonly string[]): Diagnostic {
  return note(
    'adopt/unused',
    'Logical volumes are left out',
    `On ${node}, no mirror and no virtual machine uses ${names.join(', ')}.`,
    { help: 'A volume that is to be sanctl’s is added to `volumes` by hand, and taken over by `--adopt volume/NAME`.' },
  );
}

/** `what` begins a sentence. */
export function elsewhere(node: NodeName, what: string, help: string): Diagnostic {
  return warning('adopt/elsewhere', 'Something is there that is not imported', `${what} on ${node}.`, { help });
}

/** D12, X1: what came up by itself would do so no more, and nobody would notice before the next power cut. */
export function atBoot(units: readonly string[]): Diagnostic {
  return warning(
    'adopt/boot',
    'After taking over, less starts by itself at boot',
    `Taking over switches off ${units.join(', ')}: they start mirrors and domains without asking any other node.`,
    {
      help: 'Give each virtual machine that is to start by itself `autostart: home` (docs/boot.md), before or after.',
    },
  );
}

export function moreSteps(ids: readonly string[]): Diagnostic {
  return warning(
    'adopt/more-steps',
    'The plan would do more than take over',
    `Besides marks, files and settings it has ${ids.join(', ')}.`,
    { help: 'Look at these steps with `sanctl plan` before you apply; nothing was done yet.' },
  );
}
