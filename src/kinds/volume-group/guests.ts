/** A disk that a guest has may well be blank yet, and no process of dom0 has it open: only Xen knows (C2). */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Domain } from '../domain/facts.ts';
import { unreadable } from '../reading.ts';
import type { World } from '../world.ts';
import type { NewDisk } from './steps.ts';

/** Of disks that would be written. */
export function disksOfGuests(
  node: NodeName,
  group: string,
  fresh: readonly NewDisk[],
  world: World,
): readonly Diagnostic[] {
  if (fresh.length === 0) return [];
  const { xen } = world.have('host', node);
  if (xen.known && xen.value === 'absent') return [];
  const { domains } = world.have('domain', node);
  if (!domains.known) return [unreadable(`volumeGroup/${group}`, node, domains.why)];
  return fresh.flatMap((disk) =>
    domains.value.filter((domain) => mayHave(domain, disk)).map((domain) => held(node, disk, domain)),
  );
}

/** By its name in the inventory or in the kernel; other links to a disk may lead to any, those of device-mapper to none. */
function mayHave({ disks }: Domain, { path, device }: NewDisk): boolean {
  const link = /^\/dev\/(block\/|disk\/(?!by-id\/dm-))/;
  const names = [path, `/dev/${device.kernelName}`];
  return disks === undefined || disks.some(({ target }) => names.includes(target) || link.test(target));
}

function held(node: NodeName, { path }: NewDisk, { name, disks }: Domain): Diagnostic {
  const has =
    disks === undefined ? 'disks that `xl list -l` does not tell' : disks.map(({ target }) => target).join(', ');
  return error(
    'volumeGroup/guest-disk',
    'A guest may have a disk',
    `${path} on ${node}: ${name} there has ${has} (C2).`,
    {
      help: `\`realpath ${path}\` and \`realpath\` of what ${name} has tell whether it is the same disk. Name another one, or stop ${name} and take the disk away from it; a link to another disk goes into its file as what it leads to.`,
    },
  );
}
