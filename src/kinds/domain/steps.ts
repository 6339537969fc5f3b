/** The steps that start a domain at home: looked for everywhere, disks made Primary, created. It is never stopped. */
import { formatSize } from '../../quantity.ts';
import { command, type Guard, run, type WaitFor } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { domainPath } from '../file/paths.ts';
import type { Vm } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { Disk } from './devices.ts';
import { deviceBelongs, isOpenToNobody, isPrimary, runsNowhereHere } from './guards.ts';

/** The weaker kind of guard: what only another node knows, asked in the wave right before. */
export function lookElsewhere(vm: Vm, disks: readonly Disk[], node: NodeName): StepDraft {
  return {
    verb: 'absent',
    node,
    title: `make sure that ${vm.name} does not run on ${node}`,
    danger: 'none',
    guards: [runsNowhereHere(vm, disks)],
    actions: [],
    reason: 'two guests on one disk destroy it (X1)',
  };
}

/** `free`: what proves that nobody has its plain disks open; `owned`: that this node alone may write to a mirror of its. */
export function start(
  vm: Vm,
  disks: readonly Disk[],
  others: readonly NodeName[],
  free: readonly Guard[],
  owned: (disk: Disk) => Guard = isPrimary,
): StepDraft {
  const { name, home } = vm;
  const replicated = disks.filter((disk) => disk.replicated);
  return {
    verb: 'start',
    node: home,
    title: `start ${name} (${formatSize(vm.memory.bytes)}, ${vm.vcpus} vcpu)`,
    needs: others.map((node) => `${node}#absent`),
    danger: 'none',
    guards: [
      runsNowhereHere(vm, disks),
      ...replicated.flatMap((disk) => [deviceBelongs(disk), owned(disk)]),
      ...replicated.filter(({ readOnly }) => !readOnly).map(isOpenToNobody),
      ...free,
    ],
    actions: [run('xl', 'create', domainPath(name)), untilLive(name)],
    reason: `the inventory wants it running, and it runs on none of its nodes`,
  };
}

/** One that died at once, for want of its kernel's root or its memory, has not been started. */
function untilLive(name: string): WaitFor {
  return {
    do: 'wait',
    what: `${name} is live`,
    command: command('xl', 'list', name),
    until: { matches: ' [r-][b-]---- ' },
    timeoutSeconds: 60,
    everySeconds: 1,
  };
}
