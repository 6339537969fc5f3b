/**
 * What the nodes themselves remember about a logical volume, as LVM tags: there is no other state (design.md).
 *
 * A replicated volume's life: made with `unfinished` and `unseeded`; `unfinished` goes when its old signatures and its
 * end are erased (and `zero` comes when all of it was written with zeros); `unseeded` and `zero` go when DRBD takes it.
 */
export const tags = {
  /** Made or taken over by sanctl. What lacks it is foreign: never changed, never removed. */
  ours: 'sanctl',
  /** Made, but the erasing that belongs to making it has not ended: nobody may use it yet. */
  unfinished: 'sanctl.unfinished',
  /** Every byte of it is zero, by construction (thin) or by a write that came to its end: the condition of K2. */
  zero: 'sanctl.zero',
  /** Made for a DRBD replica that has never been given metadata and data. The drbd kind takes it away. */
  unseeded: 'sanctl.unseeded',
  /** Made to be filled with an image, which has not come to its end: nobody may use it yet, and only the fill writes on it. */
  unfilled: 'sanctl.unfilled',
  /** The first byte of an image was, or may have been, written: it reads as zero no more. */
  filling: 'sanctl.filling',
  /** It was filled, read back, and found to be what was sent. */
  filled: 'sanctl.filled',
  /** A snapshot that sanctl made. */
  snapshot: 'sanctl.snapshot',
  /** With the name of its set behind it. */
  set: 'sanctl.set.',
  /** With the policy that made it, a dot and its VM behind it; one that was made by hand has none. */
  schedule: 'sanctl.schedule.',
  /** Its set is not whole, or not of one moment. */
  snapshotUnfinished: 'sanctl.snapshot.unfinished',
  /** It is being put back to a snapshot, and is half of each. */
  restoring: 'sanctl.restoring',
  /** Its DRBD volume was seeded once: nobody seeds again (K3). */
  seeded: 'sanctl.seeded',
} as const;
