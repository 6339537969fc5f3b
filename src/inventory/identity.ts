/** Identities that follow from names, so that they are the same on every machine and in every run. */
import { createHash } from 'node:crypto';

/** Namespace of sanctl's VMs: drawn at random once, and never to change. */
const namespace = '6f0c3a5e-8f0b-4c57-9d0e-2f5a7c1b9e44';

/** The uuid of a VM whose inventory gives none: version 5 of RFC 9562, section 5.5, over `site/vm`. Neither name holds a slash. */
export function uuidOf(site: string, vm: string): string {
  return uuidV5(namespace, `${site}/${vm}`);
}

export function uuidV5(space: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The MAC address of a card whose inventory gives none: Xen's own prefix 00:16:3e and three bytes of a hash. Two of
 * 5,000 cards are alike with even odds; then `check` says so, and one of them is given its address by hand.
 */
export function macOf(site: string, vm: string, index: number): string {
  const hash = createHash('sha256').update(`${site}/${vm}/${index}`).digest('hex');
  return `00:16:3e:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
}
