/** Why an image is left as it is. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import { imageRecords } from '../array/paths.ts';
import type { Image } from '../site/storage.ts';
import type { ImageFile } from './facts.ts';

/** A blank one in its place would be served as if it were the same (C1). */
export function lost({ name, node, path }: Image, record: string): Diagnostic {
  const made = /^\d+ (.+)$/.exec(record)?.[1] ?? path;
  const detail = `image/${name} was made on ${node} before, as ${made}; now there is no ${path}.`;
  return error('image/lost', 'An image that was made is not there', detail, {
    help: `Mount what it is on, or move it back, and plan again. If it is gone for good, and blank is what you want in its place: \`rm ${imageRecords}/${name}\` there, and plan again.`,
  });
}

export function reserved({ name, path }: Image, suffix: string): Diagnostic {
  return error('image/reserved', 'A path is kept for images that are being made', `image/${name}: ${path}.`, {
    help: `Name it otherwise than \`${suffix}\` at its end.`,
  });
}

export function notOurs({ path }: Image, detail: string): Diagnostic {
  return error('image/not-ours', 'A path is taken by another file', `${detail}.`, {
    help: `Name another path, or move ${path} away after looking at what it holds.`,
  });
}

export function smaller(place: string, want: Image, file: ImageFile): Diagnostic {
  const detail = `${place} has ${formatSize(file.bytes)}, and the inventory asks for ${formatSize(want.bytes)} (L3).`;
  return error('image/shrink', 'An image is never made smaller', detail, {
    help: 'Write its size into the inventory as it is.',
  });
}

export function larger(place: string, want: Image, file: ImageFile): Diagnostic {
  const detail = `${place} has ${formatSize(file.bytes)}, and the inventory asks for ${formatSize(want.bytes)}.`;
  return error('image/grow', 'An image does not grow by itself', detail, {
    help: 'What uses it would have to follow. Make another image, and replace the member of the array by it.',
  });
}

export function sparse(place: string, { bytes, allocatedBytes }: ImageFile): Diagnostic {
  const detail = `${place}: ${formatSize(allocatedBytes)} of ${formatSize(bytes)} are allocated.`;
  return warning('image/sparse', 'An image has holes', detail, {
    help: 'Something discarded blocks of it. With its file system full, writing into the holes fails.',
  });
}
