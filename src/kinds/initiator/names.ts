/** Where sysfs and open-iscsi have an import. */
export const sysfs = '/sys';
export const recordFolder = '/etc/iscsi/nodes';

export function unitOf(name: string): string {
  return `sanctl-initiator@${name}.service`;
}
