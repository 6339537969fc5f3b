/** The steps by which a domain ends, and its disks are given free: the mirror image of a start. */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type Guard, run, type WaitFor } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import type { Vm } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { World } from '../world.ts';
import type { Copy } from './copies.ts';
import { type Disk, isSame } from './devices.ts';
import type { Domain } from './facts.ts';
import { diskKept } from './refusals.ts';
import { lookElsewhere } from './steps.ts';

/** `xl shutdown` asks the guest, and returns before it has obeyed (xl(1); how it fails is unproven). */
export function shutdown({ name }: Vm, { node, domain }: Copy, timeoutSeconds: number): StepDraft {
  return {
    verb: 'shutdown',
    node,
    title: `shut down ${name} (domain ${domain.id})`,
    danger: 'interrupts',
    guards: [isStill(domain)],
    actions: [run('xl', 'shutdown', String(domain.id)), untilGone(domain, timeoutSeconds)],
  };
}

/** X7: what the guest holds in its memory never reaches its disks. */
export function destroy({ name }: Vm, { node, domain }: Copy): StepDraft {
  return {
    verb: 'destroy',
    node,
    title: `end ${name} (domain ${domain.id}) without asking its guest`,
    danger: 'destroys',
    destroys: `what the guest of ${name} has not written to its disks`,
    guards: [isStill(domain)],
    actions: [run('xl', 'destroy', String(domain.id)), untilGone(domain, 60)],
  };
}

/** Identity, not name (C3): a domain that was started anew is another one. */
function isStill({ name, id, uuid }: Domain): Guard {
  return {
    ask: command('xl', 'list', '-v'),
    expect: { matches: `^${literal(name)} +${id} .* ${uuid} ` },
    proves: `domain ${id} is still ${name} (${uuid}) (C3)`,
  };
}

export function untilGone({ name, uuid }: Domain, timeoutSeconds: number): WaitFor {
  return {
    do: 'wait',
    what: `${name} is gone`,
    command: command('xl', 'list', '-v'),
    until: { lacks: uuid },
    timeoutSeconds,
    everySeconds: 1,
  };
}

/** Once it is gone for good, its disks are nobody's there. */
export function release(vm: Vm, disks: readonly Disk[], node: NodeName, world: World): readonly StepDraft[] {
  const own = ownDisks(vm, disks, node, world);
  const gone = { ...lookElsewhere(vm, own, node), reason: 'a guest that reboots leaves the list for a moment (X5)' };
  return [gone, ...primaries(vm, disks, node, world).map((disk) => demote(disk, node))];
}

/** Those that are to be made Secondary. */
export function primaries(vm: Vm, disks: readonly Disk[], node: NodeName, world: World): readonly Disk[] {
  return ownDisks(vm, disks, node, world).filter((disk) => isPrimary(disk, node, world));
}

/** Those that stay Primary although it is gone, which is said. */
export function kept(vm: Vm, disks: readonly Disk[], node: NodeName, world: World): readonly Diagnostic[] {
  const own = ownDisks(vm, disks, node, world);
  return disks
    .filter((disk) => !own.includes(disk) && isPrimary(disk, node, world))
    .map((disk) => diskKept(vm, node, disk.volume, usersOf(vm, disk, node, world)));
}

function isPrimary({ volume, replicated }: Disk, node: NodeName, world: World): boolean {
  if (!replicated) return false;
  const { running } = world.have('drbd', node);
  return running.known && running.value[volume]?.role === 'Primary';
}

function ownDisks(vm: Vm, disks: readonly Disk[], node: NodeName, world: World): readonly Disk[] {
  return disks.filter((disk) => usersOf(vm, disk, node, world).length === 0);
}

/** Other domains there that have it as well, or may have: several may read one, and unclear is not unused (X1, X10). */
export function usersOf({ uuid }: Pick<Vm, 'uuid'>, disk: Disk, node: NodeName, world: World): readonly Domain[] {
  const { domains } = world.have('domain', node);
  if (!domains.known) throw new Error(`the domains of ${node} are not known`);
  return domains.value.filter(
    (one) =>
      one.uuid !== uuid &&
      (one.disks === undefined || one.disks.some(({ target }) => isSame(disk, target, node, world) !== false)),
  );
}

/** As it was before the start, so that any of its nodes may promote it. The kernel refuses while somebody has it open. */
function demote({ volume }: Disk, node: NodeName): StepDraft {
  return {
    verb: `demote-${volume}`,
    node,
    title: `make ${node} Secondary for ${volume}`,
    danger: 'none',
    guards: [],
    actions: [run('drbdadm', 'secondary', volume)],
    reason: 'nobody uses it there any more',
  };
}
