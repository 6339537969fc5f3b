/** QEMU's command line for one node. Pure. Why each choice: docs/lab.md. */
import type { NodeFiles } from './folders.ts';
import type { Image } from './image.ts';
import type { LabNode } from './nodes.ts';

/** Ports on loopback. Host-side, so a snapshot runs with any. */
export interface NodePorts {
  readonly ssh: number;
  /** For each segment: where the node listens, and where the switch listens for it. */
  readonly segments: readonly { readonly node: number; readonly switch: number }[];
}

export type Accelerator = 'tcg' | 'kvm';

export interface Machine {
  readonly node: LabNode;
  readonly image: Image;
  readonly files: NodeFiles;
  readonly ports: NodePorts;
  /** The public key that root and admin trust. */
  readonly authorizedKey: string;
  readonly accelerator: Accelerator;
}

/** The name of the snapshot of a freshly booted node. */
export const fresh = 'fresh';

/** MiB: 1024 for dom0, the rest for guests. */
const memory = { node: 2048, dom0: 1024 } as const;

/** What is left for guests, as an inventory says it: Xen takes some for itself. */
export const guestMemory = '896MiB';

/** As size for qemu-img. */
export const blankDiskSize = '2G';

const accelerators: Readonly<Record<Accelerator, string>> = { tcg: 'tcg,thread=multi,tb-size=512', kvm: 'kvm' };

/** `paused`: waits for `loadvm` instead of booting. */
export function qemuArgv(machine: Machine, start: 'boot' | 'paused'): readonly string[] {
  const { node, files } = machine;
  return [
    'qemu-system-x86_64',
    ...['-name', `guest=sanctl-lab-${node.name}`, '-nodefaults', '-no-user-config', '-display', 'none'],
    // Nehalem has no AVX: with it, dom0 mixes up AVX state between guests; `max` does not even boot.
    ...['-machine', 'pc', '-accel', accelerators[machine.accelerator], '-cpu', 'Nehalem', '-smp', '1'],
    ...['-m', `${memory.node}`],
    ...bootArgv(machine),
    ...diskArgv('root', files.disks.root, 4),
    ...diskArgv('data', files.disks.data, 5),
    ...diskArgv('spare', files.disks.spare, 6),
    ...networkArgv(machine),
    ...['-fw_cfg', `name=opt/org.sanctl.lab/host-key,file=${comma(files.hostKey)}`],
    ...['-fw_cfg', `name=opt/org.sanctl.lab/authorized-key,file=${comma(machine.authorizedKey)}`],
    ...['-device', 'virtio-serial-pci,addr=0x12'],
    ...['-chardev', `socket,id=clock,path=${comma(files.clockSocket)},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=clock,name=org.sanctl.lab.clock'],
    ...['-chardev', `file,id=console,path=${comma(files.console)},append=on`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${comma(files.qmpSocket)},server=on,wait=off`],
    ...(start === 'paused' ? ['-S'] : []),
  ];
}

/**
 * Xen by multiboot; the comma separates dom0's kernel, with its command line, from its initial ramdisk. dom0 follows
 * Xen's clock from the start: on a busy machine its watchdog takes the emulated TSC for unstable, half-way through.
 * Without Xen's guards against speculation, which mean nothing under emulation: a system call of dom0 takes 26 µs instead
 * of 44, `lvs` two thirds of the time, `xl list` half.
 */
function bootArgv({ node, image }: Machine): readonly string[] {
  const words = ['root=/dev/vda', 'rw', 'console=hvc0', 'quiet', 'mitigations=off', 'net.ifnames=0', 'clocksource=xen'];
  const own = `dom0_mem=${memory.dom0}M,max:${memory.dom0}M`;
  const xen = ['console=com1', 'com1=115200,8n1', own, 'spec-ctrl=no', 'xpti=no', 'pv-l1tf=no'];
  const identity = [`lab.name=${node.name}`, `lab.ip=${node.address}`];
  return [
    ...['-kernel', image.xen],
    ...['-append', xen.join(' ')],
    ...['-initrd', `${comma(image.kernel)} ${[...words, ...identity].join(' ')},${comma(image.ramdisk)}`],
  ];
}

/**
 * Fixed PCI addresses: /dev/vda, vdb, vdc and eth0, eth1, eth2 come in this order. `writeback`:
 * a guest's flush is a flush. What it did not flush survives a killed QEMU all the same, in the host's page cache.
 */
function diskArgv(id: string, path: string, address: number): readonly string[] {
  return [
    ...['-drive', `file=${comma(path)},if=none,id=${id},format=qcow2,cache=writeback,discard=unmap`],
    ...['-device', `virtio-blk-pci,drive=${id},addr=0x${address.toString(16)}`],
  ];
}

/** `romfile=`: no wait for a network boot. */
function networkArgv({ node, ports }: Machine): readonly string[] {
  const segments = ports.segments.flatMap((port, at) => [
    '-netdev',
    `dgram,id=segment${at},local.type=inet,local.host=127.0.0.1,local.port=${port.node},` +
      `remote.type=inet,remote.host=127.0.0.1,remote.port=${port.switch}`,
    '-device',
    `virtio-net-pci,netdev=segment${at},mac=${node.macs[at] ?? ''},romfile=,addr=0x${(0x11 + at * 2).toString(16)}`,
  ]);
  return [
    ...['-netdev', `user,id=management,hostfwd=tcp:127.0.0.1:${ports.ssh}-:22`],
    ...['-device', `virtio-net-pci,netdev=management,mac=${node.managementMac},romfile=,addr=0x10`],
    ...segments,
  ];
}

/** In QEMU's option lists a comma ends a value unless it is doubled. */
function comma(path: string): string {
  return path.replaceAll(',', ',,');
}

/**
 * KVM only where the processor's own module serves it: a /dev/kvm of another one (seen: kvm_pvm) hangs Xen for ever at
 * "Booting from ROM".
 */
export function chooseAccelerator(machine: {
  readonly modules: readonly string[];
  readonly opens: boolean;
}): Accelerator {
  const own = machine.modules.includes('kvm_intel') || machine.modules.includes('kvm_amd');
  return own && machine.opens ? 'kvm' : 'tcg';
}
