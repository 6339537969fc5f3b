/** The two addresses at the start of an Ethernet frame (IEEE 802.3, 3.2). */
export interface Addresses {
  readonly target: string;
  readonly source: string;
}

/** Undefined for what is too short to be a frame. */
export function addresses(frame: Buffer): Addresses | undefined {
  if (frame.length < 14) return undefined;
  return { target: frame.toString('latin1', 0, 6), source: frame.toString('latin1', 6, 12) };
}

/** Broadcast and multicast: the lowest bit of the first byte. */
export function isForMany(target: string): boolean {
  return (target.charCodeAt(0) & 1) === 1;
}
