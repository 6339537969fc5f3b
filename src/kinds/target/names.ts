/** Where the kernel and systemd have a target. */
export const configfs = '/sys/kernel/config/target';
export const sys = '/sys';

/** By export: the image or array that it served first. */
export const targetRecords = '/var/lib/sanctl/target';

/** Apart from what targetcli numbers from 0. */
export const storeFolder = 'iblock_1000';

export function unitOf(name: string): string {
  return `sanctl-target@${name}.service`;
}
