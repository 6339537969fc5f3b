/** The test guest that every node's image holds: how an inventory or a domain configuration names it. */

/** Paths on a node; templates/lab/overlay/usr/lib/sanctl-lab/guest/build makes them. */
export const guestBoot = { kernel: '/boot/guest-vmlinuz', ramdisk: '/boot/guest-initrd.img' } as const;

/** MiB that are enough for it. */
export const guestMemoryMiB = 128;

export interface GuestOptions {
  /** For eth0, with its prefix length: `10.77.0.50/24`. */
  readonly address?: string;
  /** Between two records; 0.2 when absent, so that the node's one processor is left to others as well. */
  readonly pauseSeconds?: number;
  readonly disk?: string;
}

/** The kernel's command line. */
export function guestCommandLine(options: GuestOptions = {}): string {
  return [
    'console=hvc0',
    `ledger.disk=${options.disk ?? '/dev/xvda'}`,
    ...(options.address === undefined ? [] : [`ledger.ip=${options.address}`]),
    ...(options.pauseSeconds === undefined ? [] : [`ledger.pause=${options.pauseSeconds}`]),
  ].join(' ');
}

/** Where xenconsoled keeps what a guest printed, on the node where it ran. */
export function guestConsoleLog(domain: string): string {
  return `/var/log/xen/console/guest-${domain}.log`;
}
