/** Where everything that belongs to arrays, images and their file systems stands on a node. */

export const arrayScriptPath = '/etc/sanctl/array';
export const imageScriptPath = '/etc/sanctl/image';
/** That nothing assembles itself (R2), on every node that can see a member. */
export const mdadmPath = '/etc/mdadm/mdadm.conf.d/sanctl.conf';
export const mdRulesPath = '/etc/udev/rules.d/63-sanctl-md.rules';

/** What a node remembers: the uuid of an array, the inode of an image. */
export const arrayRecords = '/var/lib/sanctl/array';
/** The operator's word for one start: gone with the boot that it was said in. */
export const arrayWords = '/run/sanctl/array-word';
export const imageRecords = '/var/lib/sanctl/image';

/** Before the name of the array. */
export const arrayConfigs = '/etc/sanctl/array-';

export function arrayConfigPath(name: string): string {
  return `${arrayConfigs}${name}.conf`;
}

export function arrayUnit(name: string): string {
  return `sanctl-array-${name}.service`;
}

export function imageUnit(name: string): string {
  return `sanctl-image-${name}.service`;
}

export function filesystemUnit(name: string): string {
  return `sanctl-filesystem-${name}.service`;
}

export function unitPath(unit: string): string {
  return `/etc/systemd/system/${unit}`;
}
