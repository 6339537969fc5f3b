/** Whether a text that a node told may stand in an inventory: by the white lists of the schema itself (safety.md 4.3). */
import * as text from '../inventory/schema/text.ts';

function fits(list: { readonly pattern: string }): (word: string) => boolean {
  const pattern = new RegExp(list.pattern);
  return (word) => pattern.test(word);
}

export const isHost = fits(text.hostName);
export const isGroup = fits(text.groupName);
export const isVolume = fits(text.volumeName);
export const isDomain = fits(text.domainName);
export const isDevice = fits(text.devicePath);
export const isNodePath = fits(text.nodePath);
export const isCommandLine = fits(text.kernelCommandLine);
export const isGuestDevice = fits(text.guestDevice);
export const isBridge = fits(text.bridgeName);
export const isMac = fits(text.macAddress);
export const isUuid = fits(text.uuid);
export const isSshHost = fits(text.sshHost);
export const isUser = fits(text.userName);
export const isLocalPath = fits(text.localPath);

/** DRBD resources, whose names are those of volumes (inventory/checks/volumes.ts). */
export function isResource(word: string): boolean {
  return isVolume(word) && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(word) && word !== 'all';
}
