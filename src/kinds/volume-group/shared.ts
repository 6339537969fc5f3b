/** One disk that two nodes see (L6): both would find it blank at the same moment, and each would write its own group on it. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { World } from '../world.ts';
import type { Device } from './facts.ts';
import type { NewDisk } from './steps.ts';

/**
 * Of disks that would be written. Alike in world wide name, serial number and size: makers who give all their disks one
 * name still number them.
 */
export function sharedDisks(node: NodeName, fresh: readonly NewDisk[], world: World): readonly Diagnostic[] {
  const others = Object.keys(world.site.nodes).filter((other) => other !== node);
  return fresh.flatMap(({ path, device }) => {
    const also = others.filter((other) => has(other, device, world));
    return also.length === 0 ? [] : [shared(node, path, device, also)];
  });
}

function has(node: NodeName, { wwn, serial, bytes }: Device, world: World): boolean {
  if (wwn === '') return false;
  return Object.values(world.have('volumeGroup', node).devices).some(
    (one) =>
      one.known &&
      one.value !== 'absent' &&
      one.value.wwn === wwn &&
      one.value.serial === serial &&
      one.value.bytes === bytes,
  );
}

function shared(node: NodeName, path: string, { wwn }: Device, also: readonly NodeName[]): Diagnostic {
  const detail = `${path} on ${node} (${wwn}) is also a disk of ${also.join(' and ')}; without a lock between them each would overwrite what the other writes (L6).`;
  return error('volumeGroup/shared-disk', 'Two nodes see one disk', detail, {
    help: 'Name disks that only one node sees; sanctl replicates between nodes and shares no disk among them.',
  });
}
