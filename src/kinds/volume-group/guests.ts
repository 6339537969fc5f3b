/** A disk that a guest has may well be blank yet, and no process of dom0 has it open: only Xen knows (C2). */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import type { Domain } from '../domain/facts.ts';
import { underXen } from '../domain/parse.ts';
import { unreadable } from '../reading.ts';
import type { World } from '../world.ts';
import type { NewDisk } from './disk.ts';
import { wholeDisk } from './gate.ts';

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

/** The same, right before the write. */
export function noGuestHas(disks: readonly NewDisk[]): Guard {
  return {
    ask: command('sh', '-c', `${underXen}\nexec xl list -l`),
    expect: { lacks: disks.map((disk) => `"(${targetsOf(disk)})"`).join('|') },
    proves: `no guest has ${disks.map(({ path }) => path).join(' or ')} (C2)`,
  };
}

function mayHave({ disks }: Domain, disk: NewDisk): boolean {
  const targets = new RegExp(`^(${targetsOf(disk)})$`);
  return disks === undefined || disks.some(({ target }) => targets.test(target));
}

/** By its name in the inventory or in the kernel, or whole; other links to a disk may lead to any, those of device-mapper to none. */
function targetsOf({ path, device }: NewDisk): string {
  const links = 'block/|disk/([^b]|by-([^i]|i[^d])|by-id/([^d]|d[^m]|dm[^-]))';
  const names = [...new Set([path, `/dev/${device.kernelName}`, ...wholeDisk(device)])].map(literal);
  return [...names, `/dev/(${links}).*`].join('|');
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
