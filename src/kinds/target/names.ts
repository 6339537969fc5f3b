/** Where the kernel and systemd have a target. */
export const configfs = '/sys/kernel/config/target';

/** Apart from what targetcli numbers from 0. */
export const storeFolder = 'iblock_1000';

export function unitOf(name: string): string {
  return `sanctl-target@${name}.service`;
}
