/** The disk in an image file, as a fill is sent it. */
import type { Frame } from '../shell/feed.ts';
import { partBytes } from '../shell/fill.ts';
import type { ImageSource } from '../transport/image.ts';

/** A node looks whether it is to stop between two frames. */
const longestRun = 64;

/** From a part on to the end. What cannot be read is said to the node: it would wait for it. */
export async function* framesFrom(image: ImageSource, from: number): AsyncGenerator<Frame> {
  const parts = Math.ceil(image.bytes / partBytes);
  let zeros = 0;
  for (let at = from; at < parts; at += 1) {
    const data = await read(image, at);
    if (typeof data === 'string') {
      yield { is: 'stop', why: data };
      return;
    }
    const empty = isZero(data);
    if (zeros > 0 && (!empty || zeros === longestRun)) {
      yield { is: 'zeros', at: at - zeros, end: at };
      zeros = 0;
    }
    if (empty) zeros += 1;
    else yield { is: 'part', at, data };
  }
  if (zeros > 0) yield { is: 'zeros', at: parts - zeros, end: parts };
  yield { is: 'end', sha256: image.sha256 };
}

async function read(image: ImageSource, at: number): Promise<Uint8Array | string> {
  try {
    return await image.part(at);
  } catch (cause) {
    return `the image could not be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

const nothing = Buffer.alloc(partBytes);

function isZero(data: Uint8Array): boolean {
  return nothing.subarray(0, data.length).equals(data);
}
