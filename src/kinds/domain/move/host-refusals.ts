/** Why a VM does not move: its host, or the one where it would go, cannot. The reason, and the way out. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import type { XenFacts } from '../../host/facts.ts';
import type { Vm } from '../../site.ts';

export function versionsApart(source: NodeName, from: XenFacts, target: NodeName, to: XenFacts): Diagnostic {
  const text = ({ major, minor }: XenFacts): string => `${major}.${minor}`;
  return error(
    'move/xen-version',
    'Two versions of Xen do not fit',
    `${source} has Xen ${text(from)}, ${target} has ${text(to)}: a running guest moves to the same version, or to the next minor one (X4).`,
    { help: `Stop it and start it on ${target}, or bring ${target} to the version of ${source}.` },
  );
}

export function noShadow({ name }: Vm, source: NodeName): Diagnostic {
  return error(
    'move/no-shadow',
    'A hypervisor cannot track the memory of a PV guest',
    `domain/${name} is a PV guest, and Xen on ${source} lacks \`shadow\` among its \`virt_caps\`: \`xl migrate\` would fail there ("Failed to enable logdirty").`,
    { help: 'Boot a Xen that was built with shadow paging, or stop the VM and start it elsewhere.' },
  );
}

/** What a guest could give back, and the command. */
export interface Shrinkable {
  readonly bytes: number;
  readonly command: string;
}

/** What all guests of a node could give back: as a clause, and by which commands. */
export function shrinking(all: readonly Shrinkable[]) {
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  const more =
    bytes === 0 ? 'no VM there can be made smaller' : `its VMs at their minimum would free ${formatSize(bytes)} more`;
  return { bytes, more, commands: all.map(({ command }) => `\`${command}\``).join(', ') };
}

export function noMemory(
  { name }: Vm,
  node: NodeName,
  need: number,
  free: number,
  shrinkable: readonly Shrinkable[],
): Diagnostic {
  const { bytes, more, commands } = shrinking(shrinkable);
  return error(
    'move/no-memory',
    'A node has too little free memory for a VM',
    `domain/${name} has ${formatSize(need)}; ${node} has ${formatSize(free)} free, and ${more}.`,
    {
      help:
        free + bytes >= need && bytes > 0
          ? `On ${node}: ${commands}; then try again.`
          : 'Stop or move another VM, or give dom0 less memory.',
    },
  );
}

export function missingThere({ name }: Vm, node: NodeName, files: readonly string[]): Diagnostic {
  return error(
    'move/no-kernel',
    'A node lacks the kernel of a VM',
    `domain/${name} is started from ${files.join(' and ')}, not there on ${node}: it would move, and not come back from a reboot.`,
    { help: `Copy ${files.length === 1 ? 'it' : 'them'} there.` },
  );
}

export function noBridge({ name }: Vm, node: NodeName, bridges: readonly string[]): Diagnostic {
  return error(
    'move/no-bridge',
    'A node lacks a bridge of a VM',
    `domain/${name} has a card on ${bridges.join(' and on ')}; ${node} has no such bridge.`,
    { help: `Make it on ${node}, as it is on the node where it runs.` },
  );
}
