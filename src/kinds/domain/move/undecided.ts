/** What a move left that nobody but a person may decide (3.2): the row, both ends, and the exact commands. */
import { type Diagnostic, error, note, warning } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import type { Window } from '../../drbd/window.ts';
import type { Vm } from '../../site.ts';
import type { Copy } from '../copies.ts';
import { twice } from '../refusals.ts';
import type { End, Mirror } from './ends.ts';
import type { Outcome } from './outcome.ts';

type Undecided = Extract<Outcome, { row: 'M5' | 'M6' | 'M7' | 'M9' }>;

/** `nodes`: those that may run it; one without anything of it is an end as well. */
export function of(vm: Vm, found: Undecided, copies: readonly Copy[], nodes: readonly NodeName[]): Diagnostic {
  const ends = endsText(copies, nodes);
  switch (found.row) {
    case 'M6':
      return twice(vm, copies);
    case 'M5':
      return nobodyRuns(vm, ends, copies);
    case 'M7':
      return stopped(vm, ends, copies);
    case 'M9':
      return unclear(vm, ends, found.why);
  }
}

function endsText(copies: readonly Copy[], nodes: readonly NodeName[]): string {
  const text = ({ node, domain: { name, id, state, uuid } }: Copy): string =>
    `${node}: ${name} (domain ${id}, ${state}, ${uuid})`;
  const empty = nodes.filter((node) => !copies.some((copy) => copy.node === node));
  return [...copies.map(text), ...empty.map((node) => `${node}: nothing of it`)].join('\n');
}

function destroyAll(copies: readonly Copy[]): string {
  return copies.map(({ node, domain }) => `on ${node} \`xl destroy ${domain.id}\``).join(', ');
}

function nobodyRuns({ name }: Vm, ends: string, copies: readonly Copy[]): Diagnostic {
  return error(
    'move/nobody-runs',
    'A VM was stopped in the middle of its move, and nobody runs it',
    `domain/${name} (M5):\n${ends}`,
    {
      help: `Which of them has the whole memory, nobody can tell: never unpause one. What its guest had not written is lost: ${destroyAll(copies)}; then \`sanctl migrate ${name} --cleanup\` closes what is open, and \`sanctl vm start ${name}\` starts it from its disks.`,
    },
  );
}

function stopped({ name }: Vm, ends: string, copies: readonly Copy[]): Diagnostic {
  const cleanup = `\`sanctl migrate ${name} --cleanup\``;
  const live = copies.filter((copy) => copy.live);
  const idle = copies.filter((copy) => !copy.live);
  return error(
    'move/stopped',
    'A VM is stopped under its own name, and its move did not finish',
    `domain/${name} (M7):\n${ends}`,
    {
      help:
        live.length > 0
          ? `Never unpause what is stopped: two would write. Look at \`xl console\` on ${live.map(({ node }) => node).join(', ')}; if ${name} works there, end the other: ${destroyAll(idle)}; then ${cleanup}.`
          : `If you paused it yourself, \`xl unpause\` on that node. If its move stopped it, nobody can tell whether the other end ran meanwhile: ${destroyAll(copies)}; then ${cleanup} and \`sanctl vm start ${name}\`.`,
    },
  );
}

function unclear({ name }: Vm, ends: string, why: readonly string[]): Diagnostic {
  return error(
    'move/unclear',
    'What a move has left is not clear',
    `domain/${name} (M9): ${why.join('; ')}.\n${ends}`,
    {
      help: `Nothing was changed. Look at both ends (\`xl list -v\`, \`xl list -l\`, \`drbdadm role\`), remove the cause by hand, then \`sanctl migrate ${name} --cleanup\`.`,
    },
  );
}

export function withoutDisk({ name }: Vm, node: NodeName, mirrors: readonly Mirror[]): Diagnostic {
  const resources = mirrors.map(({ window }) => window.resource).join(', ');
  return error(
    'move/without-disk',
    'A VM runs on a node that is not Primary for its disk',
    `domain/${name} runs on ${node}, which is not Primary for ${resources}.`,
    {
      help: `Look at its console (\`xl console ${name}\`) and at \`drbdadm role\` on every node. sanctl changes nothing here.`,
    },
  );
}

export function splitBrain({ name }: Vm, { resource }: Window, primaries: readonly NodeName[]): Diagnostic {
  return error(
    'move/split-brain',
    'TWO NODES ARE PRIMARY AND DO NOT REACH EACH OTHER: their data may differ',
    `drbd/${resource}, a disk of domain/${name}, is Primary on ${primaries.join(' and ')} (D17).`,
    {
      help: `Only you can know whose data count. Stop ${name} on the other node, there \`drbdadm secondary ${resource}\`; compare \`drbdadm show-gi ${resource}\` of both before you connect them. sanctl changes nothing here.`,
    },
  );
}

export function cut({ name }: Vm, { resource }: Window, ends: readonly End[]): Diagnostic {
  const text = ({ node, connection, role, disk }: End): string => `${connection}, ${role}, ${disk} on ${node}`;
  return error(
    'move/disconnected',
    'A mirror is not connected',
    `drbd/${resource}, a disk of domain/${name}: ${ends.map(text).join('; ')}.`,
    {
      help: `Repair the replication network: it connects by itself. Then \`sanctl migrate ${name} --cleanup\`.`,
    },
  );
}

/** It lost its power, or was taken down. */
export function down({ resource }: Window, ends: readonly End[]): Diagnostic {
  const where = ends.filter(({ connection }) => connection === 'down').map(({ node }) => node);
  return warning(
    'move/down',
    'A mirror does not run on a node',
    `drbd/${resource} does not run on ${where.join(', ')}.`,
    {
      help: '`sanctl apply` brings it up, and DRBD syncs it.',
    },
  );
}

export function again({ name }: Vm): Diagnostic {
  return warning(
    'move/again',
    'A mirror is connected first; the rest comes after that',
    `domain/${name}: its move left more than that, a remnant, or a window on another mirror.`,
    { help: `\`sanctl migrate ${name} --cleanup\` once more, when this is done.` },
  );
}

export function runsThere({ name }: Vm, node: NodeName): Diagnostic {
  return note('move/runs', 'A VM runs', `domain/${name} runs on ${node}, and stays there.`);
}

export function runsNowhere({ name }: Vm): Diagnostic {
  return warning(
    'move/runs-nowhere',
    'A VM runs nowhere',
    `domain/${name} was found on no node (M8). It is not started by itself.`,
    {
      help: `\`sanctl vm start ${name}\``,
    },
  );
}
