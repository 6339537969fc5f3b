/** What a disk image on this machine says of itself: how large its disk is, and whether it stands on other files. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { known, type Reading, unknown } from '../kinds/reading.ts';
import type { ImageFile } from '../shell/command.ts';
import { localFile } from './image.ts';

/** The linux block layer's own unit; disks of guests are made of them. */
const sectorBytes = 512;

/** Bytes of the disk, or why it cannot be used. Reads the first bytes only; the file is proven by its hash when it is used. */
export function lookAtImage(image: ImageFile): Reading<number> {
  let file: number | undefined;
  try {
    file = openSync(localFile(image.path), 'r');
    const stat = fstatSync(file);
    if (!stat.isFile()) return unknown('it is not a file');
    const head = Buffer.alloc(112);
    const bytes = readSync(file, head, 0, head.length, 0);
    const disk = image.format === 'raw' ? rawBytes(head, stat.size) : qcowBytes(head.subarray(0, bytes));
    if (!disk.known) return disk;
    if (disk.value === 0) return unknown('its disk is empty');
    return disk.value % sectorBytes === 0
      ? disk
      : unknown(`its disk is no whole number of sectors (${disk.value} bytes)`);
  } catch (cause) {
    return unknown(cause instanceof Error ? cause.message : String(cause));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const magic = Buffer.from('QFI\xfb', 'latin1');

/** A guest would get the container in place of the disk. */
function rawBytes(head: Buffer, size: number): Reading<number> {
  return head.subarray(0, 4).equals(magic) ? unknown('it is a qcow2 image, and `format` says raw') : known(size);
}

/**
 * QEMU's docs/interop/qcow2.txt. What stands on another file is not what its hash says, and that file may be any of this
 * machine's (CVE-2024-4467 is of that kind).
 */
function qcowBytes(head: Buffer): Reading<number> {
  if (head.length < 72 || !head.subarray(0, 4).equals(magic)) return unknown('it is not a qcow2 image');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) return unknown(`it is qcow2 of version ${version}`);
  if (head.readBigUInt64BE(8) !== 0n) return unknown('it has a backing file: flatten it with `qemu-img convert`');
  if (head.readUInt32BE(32) !== 0) return unknown('it is encrypted');
  const features = version === 3 && head.length >= 80 ? head.readBigUInt64BE(72) : 0n;
  if ((features & 4n) !== 0n) return unknown('its data stand in another file');
  const bytes = head.readBigUInt64BE(24);
  return bytes <= BigInt(Number.MAX_SAFE_INTEGER) ? known(Number(bytes)) : unknown('its disk is too large');
}
