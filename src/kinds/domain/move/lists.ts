/** Whom the servers of a VM's imports let in, before and after a move (N7): by their lists. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { type Admitted, listOf } from '../../export/list.ts';
import { handedOver } from '../../export/refusals.ts';
import { unreadable } from '../../reading.ts';
import type { NbdExport } from '../../site/exports.ts';
import type { Vm } from '../../site.ts';
import type { World } from '../../world.ts';
import * as refusals from './handover-refusals.ts';
import { addressOf, handedBy } from './imports.ts';

/** All that speaks against letting the target in. */
export function againstHandover(
  vm: Vm,
  one: NbdExport,
  source: NodeName,
  target: NodeName,
  world: World,
): readonly Diagnostic[] {
  return one.to.includes(target) ? notAlone(one, source, world) : [refusals.notForIt(vm, one, target)];
}

/** `node`: where it runs; undefined: nowhere, and all that is asked for is that nothing is open. */
export function listProblems(vm: Vm, node: NodeName | undefined, world: World): readonly Diagnostic[] {
  return handedBy(vm, world.site).flatMap((one) => notAlone(one, node, world));
}

function notAlone(one: NbdExport, node: NodeName | undefined, world: World): readonly Diagnostic[] {
  const list = listOf(one, world);
  if (!list.known) return [unreadable(`export/${one.name}`, one.from, list.why)];
  if (list.value.move !== undefined) return [handedOver(one, list.value.move, world.site)];
  if (node === undefined || isAlone(list.value, addressOf(node, world.site))) return [];
  return [refusals.otherList(one, node, list.value.addresses)];
}

function isAlone({ addresses }: Admitted, address: string): boolean {
  return addresses.length === 1 && addresses[0] === address;
}
