/** What makes a disk no blank one, in words. */
import type { Device } from './facts.ts';

/** Each reason by itself; none for a disk that is blank and nobody's (C1, C2). */
export function foundOn({ signatures, children, mountpoints, content, readOnly }: Device): readonly string[] {
  return [
    ...signatures.map(({ type, offset, uuid }) => `${type} at ${offset}${uuid === '' ? '' : ` (${uuid})`}`),
    ...children.map((child) => `${child} built on it`),
    ...mountpoints.map((mountpoint) => `mounted on ${mountpoint}`),
    ...(content.is === 'data' ? [`bytes that are not zero at ${content.at} or after`] : []),
    ...(content.is === 'zero after 1 MiB' ? ['bytes that are not zero in the first MiB'] : []),
    ...(content.is === 'held' && children.length === 0 ? ['the kernel holds it'] : []),
    ...(readOnly ? ['it is read-only'] : []),
  ];
}
