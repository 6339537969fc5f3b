/** Virtual machines of the fleet, and what `xl` tells of them where they run: at home, as wished. */
import type { DomainFacts } from '../../src/kinds/domain/facts.ts';
import { devicePath } from '../../src/kinds/drbd/resource.ts';
import { nameOf } from '../../src/kinds/reach.ts';
import { known } from '../../src/kinds/reading.ts';
import type { Vm, Volume } from '../../src/kinds/site.ts';
import type { NodeName } from '../../src/step.ts';
import { numbers } from './drbd-facts.ts';

const memory = 128 * 2 ** 20;
const kernel = '/boot/guest-vmlinuz';

/** On the primary side of a mirrored volume. */
export function vmOn(volume: Volume): Vm {
  const [home = ''] = volume.replicas;
  const digits = String(numbers(volume).minor).padStart(12, '0');
  return {
    name: volume.name.replace('volume', 'vm'),
    uuid: `00000000-0000-4000-8000-${digits}`,
    home,
    type: 'pv',
    memory: { bytes: memory, minimumBytes: memory },
    vcpus: 1,
    boot: { kernel },
    disks: [{ volume: volume.name, as: 'xvda', readOnly: false }],
    nics: [{ bridge: 'xenbr0', mac: `00:16:3e${digits.slice(-6).replace(/../g, ':$&')}` }],
    autostart: 'never',
    state: 'running',
  };
}

export function domainFacts(vms: readonly Vm[], node: NodeName): DomainFacts {
  const here = vms.filter(({ home }) => home === node);
  return {
    domains: known(
      here.map(({ name, uuid, vcpus, type, nics, disks }, at) => ({
        name,
        uuid,
        id: at + 1,
        state: '-b----',
        memoryBytes: memory,
        vcpus,
        type,
        kernel,
        disks: disks.map((disk) => ({ target: target(nameOf(disk)), as: disk.as, readOnly: disk.readOnly })),
        nics,
      })),
    ),
  };
}

function target(volume: string): string {
  return devicePath(numbers({ name: volume }).minor);
}
