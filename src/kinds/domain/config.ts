/** The file of a domain, from which any of its nodes can start it. */
import type { Content } from '../../shell/command.ts';
import type { Boot } from '../site/vm.ts';
import type { Vm } from '../site.ts';
import type { TemplateView, World } from '../world.ts';
import type { Disk } from './devices.ts';

const mebibyte = 2 ** 20;

export function renderDomain(vm: Vm, disks: readonly Disk[], world: World): Content {
  return world.render('domain/domain.cfg', domainView(vm, disks));
}

/** Empty texts are what the VM does not have. Every text was white-listed when the inventory was read. */
function domainView({ name, uuid, type, memory, vcpus, boot, nics }: Vm, disks: readonly Disk[]): TemplateView {
  return {
    name,
    uuid,
    type,
    memoryMiB: memoryMiB(memory.bytes),
    vcpus,
    ...bootView(boot),
    disks: disks.map(({ path, as, readOnly }) => ({ target: path, as, access: readOnly ? 'ro' : 'rw' })),
    nics: nics.map(({ bridge, mac }) => ({ bridge, mac })),
  };
}

/** Xen counts in MiB; never less than what was asked for. */
export function memoryMiB(bytes: number): number {
  return Math.ceil(bytes / mebibyte);
}

function bootView(boot: Boot): TemplateView {
  const none = { kernel: '', ramdisk: '', cmdline: '', bootloader: '', firmware: '', order: '' };
  if ('kernel' in boot)
    return { ...none, kernel: boot.kernel, ramdisk: boot.ramdisk ?? '', cmdline: boot.cmdline ?? '' };
  if ('bootloader' in boot) return { ...none, bootloader: boot.bootloader };
  return { ...none, firmware: boot.firmware === 'uefi' ? 'ovmf' : 'bios', order: boot.order };
}
