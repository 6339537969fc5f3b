/**
 * Room for internal DRBD metadata at the end of a slice.
 *
 * For each peer one bit for 4 KiB of the whole slice, in whole 4 KiB blocks: `ceil(sectors / 2^18) * 8 * peers + 72`
 * sectors of 512 bytes, where 72 are 4 KiB of superblock and 32 KiB of activity log (DRBD User's Guide 9.0, "Estimating
 * metadata size"; drbd-utils `drbdmeta.c`).
 */
const sectorBytes = 512;
const blockBytes = 4096;

/** Bytes of metadata on a slice of this size. */
function metadataOfSlice(sliceBytes: number, peers: number): number {
  const sectors = Math.ceil(sliceBytes / sectorBytes);
  return (Math.ceil(sectors / 2 ** 18) * 8 * peers + 72) * sectorBytes;
}

/**
 * Bytes to add to the usable bytes of a volume, so that it keeps them once its metadata is written for `peers` other
 * replicas. Never too few: rounding the sum up to whole extents only ever leaves more room.
 */
export function metadataBytes(usableBytes: number, peers: number): number {
  const usable = Math.ceil(usableBytes / blockBytes) * blockBytes;
  let metadata = metadataOfSlice(usable, peers);
  for (;;) {
    const needed = metadataOfSlice(usable + metadata, peers);
    if (needed <= metadata) return metadata + usable - usableBytes;
    metadata = needed;
  }
}
