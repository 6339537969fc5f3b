/** When a domain is not started: the reason, and the way out, which is a person's to choose (3.2). */
import { type Diagnostic, error, note, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { unmarking } from '../export/wire.ts';
import type { Vm, Volume } from '../site.ts';
import type { Unread } from './census.ts';
import type { Copy } from './copies.ts';
import type { Domain } from './facts.ts';

export function twice({ name }: Vm, copies: readonly Copy[]): Diagnostic {
  return error(
    'domain/two-live',
    'ONE DOMAIN RUNS TWICE: two writers may be destroying its disks',
    `domain/${name}: ${list(copies)}.`,
    {
      help: `Decide which one counts, and destroy the other at once: ${copies.map(({ node, domain }) => `on ${node} \`xl destroy ${domain.id}\``).join(', or ')}.`,
    },
  );
}

export function unclear({ name, uuid }: Vm, copies: readonly Copy[]): Diagnostic {
  return error('domain/unclear', 'A domain is neither running nor gone', `domain/${name} (${uuid}): ${list(copies)}.`, {
    help: `It may be paused, shutting down, or on its way to another node: wait. When a migration of it broke off: \`sanctl migrate ${name} --cleanup\`. Otherwise it is for you to decide by hand (\`xl unpause\`, \`xl destroy\`): sanctl changes nothing here.`,
  });
}

/** Of whatever domain: of the one that is to be started, or of one that may have its disks. */
export function noConfiguration({ node, domain: { name, id, state } }: Pick<Copy, 'node' | 'domain'>): Diagnostic {
  return error(
    'domain/no-configuration',
    'A domain exists, and its disks are not known',
    `${name} (domain ${id}, ${state}) on ${node}: \`xl list\` has it, and \`xl list -l\` does not (X10).`,
    {
      help: `It is being built or going away: plan again in a minute. Or \`xl create\` was killed: if \`xl list ${id}\` on ${node} says paused (\`--p---\`), its Time(s) stays 0.0 and no \`xl\` works on it, it never ran, and \`xl destroy ${id}\` loses nothing. Otherwise it ran, and only \`xl shutdown\` is safe.`,
    },
  );
}

/** The inventory was changed under a running guest. */
export function onForeignNode({ name }: Vm, node: NodeName): Diagnostic {
  return error(
    'domain/on-foreign-node',
    'A domain runs where the inventory gives it no disk',
    `domain/${name} runs on ${node}, which is neither its home nor holds a replica of its disks.`,
    {
      help: `Write into the inventory what is so: ${node} as its home, and its volumes there. Or, when it suits its users, \`xl shutdown -w ${name}\` on ${node}: what it wrote stays there, and is not on its new home.`,
    },
  );
}

/** Says nothing of a single domain, so that it is said once for all. */
export function notSeenEverywhere(unread: readonly Unread[]): Diagnostic {
  const nodes = few(unread.map(({ node, why }) => `${node} (${why})`));
  return error(
    'domain/not-seen-everywhere',
    'A node cannot be read, and a domain may run there',
    `What runs is not known on ${nodes}: whatever was not found elsewhere may run there (X1).`,
    {
      help: `\`sanctl facts ${unread[0]?.node ?? ''}\` shows more; remove the cause, and ask again. If it is certain that no VM of the inventory runs there (it is off), \`--without\` leaves a node out.`,
    },
  );
}

export function notAsked(nodes: readonly NodeName[]): Diagnostic {
  return warning(
    'domain/not-asked',
    'Domains are started without asking every node',
    `${few(nodes)}: left out by \`--without\`, so sanctl cannot see whether one of them runs there already (X1).`,
    { help: 'Go on only if it is certain that none does: the node is off, or `xl list` there shows none of them.' },
  );
}

/** A site may have a thousand nodes. */
function few(nodes: readonly string[]): string {
  const more = nodes.length - 3;
  return more > 0 ? `${nodes.slice(0, 3).join(', ')} and ${more} more` : nodes.join(', ');
}

export function diskInUse({ name }: Vm, node: NodeName, other: string, path: string, target: string): Diagnostic {
  return error(
    'domain/disk-in-use',
    'A disk is in use by another domain',
    `domain/${name} needs ${path}, which ${other} has on ${node}${target === path ? '' : ` as ${target}`}.`,
    {
      help: `Stop ${other}, or take the disk away from one of them in the inventory.`,
    },
  );
}

/** `paths`: its device, and the slice below where there is one. */
export function diskUnclear(
  { name }: Vm,
  node: NodeName,
  other: string,
  paths: readonly string[],
  target: string,
): Diagnostic {
  return error(
    'domain/disk-unclear',
    'A disk may be in use by another domain',
    `domain/${name} needs ${paths.join(' on ')}. Somebody has it open on ${node}, or may have; ${other} there has the disk ${target}, and whether that is the same device cannot be told (X1).`,
    {
      help: `Compare them on ${node}: \`stat -L -c %t:%T ${paths.join(' ')} ${target}\`. Then stop ${other}, close what else has ${paths[0] ?? ''} open (\`dmsetup info\`, \`drbdadm secondary\`), or start ${other} anew with the name that LVM or DRBD gives its disk; and plan again.`,
    },
  );
}

/** By somebody whom `xl list` does not know. */
export function diskOpen({ name, home }: Vm, { group, name: volume }: Volume): Diagnostic {
  return error(
    'domain/disk-open',
    'Somebody has a disk of a domain open',
    `domain/${name} needs ${group}/${volume}, which is open on ${home}, and no domain there has it (C2, X1).`,
    {
      help: `\`lsblk /dev/${group}/${volume}\` and \`drbdsetup show\` on ${home} tell what stands on it; \`fuser\` tells of programs. End it there, and plan again. If it is a replica, name the other replicas in the inventory.`,
    },
  );
}

export function diskServed({ name }: Vm, volume: Volume, node: NodeName, tag: string): Diagnostic {
  return error(
    'domain/disk-served',
    'A disk of a domain is what an export serves',
    `domain/${name} needs ${volume.group}/${volume.name}, which ${node} serves, or did: it bears ${tag} (X1, N7).`,
    { help: `${unmarking(tag, volume)}; then plan again.` },
  );
}

/** Its guest would find the beginning of an image, and then something else. */
export function diskUnfilled({ name }: Vm, { group, name: volume }: Volume, nodes: readonly NodeName[]): Diagnostic {
  return error(
    'domain/disk-unfilled',
    'A disk of a domain is not filled yet',
    `domain/${name} needs ${group}/${volume}, which on ${nodes.join(' and ')} is to be filled with an image, and is not, or not wholly.`,
    { help: `\`sanctl apply --only fill/${volume}\` fills it, or goes on where it is.` },
  );
}

export function diskBeingRestored({ name }: Vm, { group, name: volume }: Volume): Diagnostic {
  return error(
    'domain/disk-being-restored',
    'A disk of a domain is half put back to a snapshot',
    `domain/${name} needs ${group}/${volume}, and putting it back to a snapshot did not come to its end.`,
    { help: `\`sanctl snapshot rollback ${name} NAME\` again, with the same NAME, finishes it.` },
  );
}

export function diskNotPrimary({ name }: Vm, node: NodeName, volume: string): Diagnostic {
  return warning(
    'domain/disk-not-primary',
    'A running domain has no disk',
    `domain/${name} runs on ${node}, where drbd/${volume} is not Primary.`,
    { help: `Look at its console (\`xl console ${name}\`). Promote the volume, then start the domain anew.` },
  );
}

export function diskKept({ name }: Vm, node: NodeName, volume: string, others: readonly Domain[]): Diagnostic {
  return note(
    'domain/disk-kept',
    'A disk stays Primary although its domain is stopped',
    `drbd/${volume}, a disk of domain/${name}, stays Primary on ${node}: ${others.map((one) => one.name).join(', ')} there has it as well, or may have (X1).`,
    { help: `When nothing uses it there any more: \`drbdadm secondary ${volume}\` on ${node}.` },
  );
}

export function noDevice({ name }: Vm, why: string): Diagnostic {
  return error('domain/no-device', 'A disk of a domain cannot be named', `domain/${name}: ${why}.`, {
    help: 'What is wrong with the volume itself is said beside this.',
  });
}

export function tooLittleMemory({ name, home, memory }: Vm, free: number): Diagnostic {
  return error(
    'domain/no-memory',
    'A node has too little free memory for a domain',
    `domain/${name} asks for ${formatSize(memory.bytes)}; ${home} has ${formatSize(free)} free.`,
    {
      help: 'Lower `memory.size`, stop or move another domain, or give dom0 less memory.',
    },
  );
}

/** X7: stopping a guest is never a side effect of an apply. */
export function shouldStop({ name }: Vm, node: NodeName): Diagnostic {
  return note(
    'domain/still-running',
    'A domain runs that should be stopped',
    `domain/${name} runs on ${node}; the inventory says \`state: stopped\`.`,
    {
      help: `When it suits its users: \`sanctl vm stop ${name}\`. An apply stops no domain.`,
    },
  );
}

export function notAtHome({ name, home }: Vm, node: NodeName): Diagnostic {
  return note(
    'domain/not-at-home',
    'A domain does not run at its home',
    `domain/${name} runs on ${node}; its home is ${home}.`,
    {
      help: `If you want it there: \`sanctl migrate ${name} ${home}\`, or \`sanctl vm stop ${name}\` and \`sanctl vm start ${name}\`.`,
    },
  );
}

function list(copies: readonly Copy[]): string {
  return copies
    .map(({ node, domain }) => `${domain.name} (domain ${domain.id}, ${domain.state}) on ${node}`)
    .join(', ');
}
