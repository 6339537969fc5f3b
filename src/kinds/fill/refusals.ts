/** Why a volume is not filled, and what to do. */
import { type Diagnostic, error, note } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { ImageFile } from '../../shell/command.ts';
import type { Volume } from '../site.ts';
import type { Slice } from '../volume/slices.ts';
import { tags } from '../volume/tags.ts';

export function noImage({ name }: Volume, { path }: ImageFile, why: string): Diagnostic {
  return error(
    'fill/no-image',
    'A volume cannot be filled with its image',
    `fill/${name} is to be filled from ${path}: ${why}.`,
    { help: 'The file is read on this machine. Put it there, or correct `image` in the inventory.' },
  );
}

export function tooLarge({ name, bytes }: Volume, { path }: ImageFile, imageBytes: number): Diagnostic {
  return error(
    'fill/too-large',
    'An image is larger than its volume',
    `fill/${name}: the disk in ${path} has ${formatSize(imageBytes)}, the volume ${formatSize(bytes)}.`,
    { help: 'Raise `size` in the inventory.' },
  );
}

/** A guest would find the beginning of one disk and the rest of another. */
export function imageGone(volume: Volume, unfilled: readonly Slice[]): Diagnostic {
  return error(
    'fill/image-gone',
    'A volume is half filled, and its image is no longer in the inventory',
    `${where(volume, unfilled)} was made to be filled, and the filling did not come to its end.`,
    {
      help: `Name its \`image\` again, and apply goes on. If it is to be used as it is: ${asItIs(volume, unfilled)}.`,
    },
  );
}

/** C1: what is on it is somebody's. */
export function notMadeForIt(volume: Volume, slices: readonly Slice[]): Diagnostic {
  return note(
    'fill/not-made-for-it',
    'A volume keeps what it has',
    `${where(volume, slices)} was there before its \`image\` was in the inventory: it is not filled.`,
    { help: 'A volume is filled once, when it is made. For the image, make another one and give it to the VM.' },
  );
}

export function halfMadeForIt(volume: Volume, slices: readonly Slice[], unfilled: readonly Slice[]): Diagnostic {
  const others = slices.filter((one) => !unfilled.includes(one));
  return error(
    'fill/half-made-for-it',
    'Not every half of a volume was made to be filled',
    `${where(volume, unfilled)} was, ${where(volume, others)} was not, and may hold data (C1).`,
    { help: `If the data are to stay: ${asItIs(volume, unfilled)}. Otherwise look at both first.` },
  );
}

function where({ group, name }: Volume, slices: readonly Slice[]): string {
  return `${group}/${name} on ${slices.map(({ node }) => node).join(' and ')}`;
}

function asItIs({ group, name }: Volume, slices: readonly Slice[]): string {
  return `on ${slices.map(({ node }) => node).join(' and ')} \`lvchange --deltag ${tags.unfilled} ${group}/${name}\``;
}
