/** Images in the simulated world: their parts as writes with an identity, and the spool that a fill takes them from. */
import type { Images } from '../../src/apply/feeder.ts';
import type { Site, Volume } from '../../src/kinds/site.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { ImageSource } from '../../src/transport/image.ts';
import { type Device, joined, type Written } from './machine/content.ts';
import { sha256 } from './machine/files.ts';
import type { Random } from './random.ts';

/** What waits for a fill: parts, or zeros up to a part. Gone with the power. */
export interface Spool {
  at: number;
  readonly parts: Map<number, Written | number>;
  end?: string;
  stop?: string;
}

/** The same bytes are the same write. */
const parts = new Map<string, Written>();
const wordBytes = 64;

function partOf(word: string): Written {
  const known = parts.get(word);
  if (known !== undefined) return known;
  const made = { by: `image ${word}`, precious: false };
  parts.set(word, made);
  return made;
}

/** A disk as a list of parts: a word, or zeros. */
interface Picture {
  readonly sha256: string;
  readonly bytes: number;
  readonly words: readonly (string | undefined)[];
}

const pictures = new Map<string, Picture>();

/** What a volume that is filled must bear; undefined for an image that nobody made here. */
export function isImage(device: Device, sha: string): boolean {
  const picture = pictures.get(sha);
  if (picture === undefined) return false;
  const found = joined(device.read(0, picture.bytes));
  const wanted = picture.words.flatMap((word, at) => {
    const start = at * partBytes;
    const end = Math.min(start + partBytes, picture.bytes);
    return word === undefined ? [] : [{ start, end, written: partOf(word) }];
  });
  const same = wanted.every((want, at) => {
    const one = found[at];
    return one?.start === want.start && one.end === want.end && one.written === want.written && one.from === 0;
  });
  return same && found.length === wanted.length;
}

/** The same inventory in which some volumes are made of images, and those images. */
export function withImages(site: Site, chance: Random): { readonly site: Site; readonly images: Images } {
  const images = new Map<string, ImageSource>();
  const volumes = Object.entries(site.volumes).map(([name, volume]): [string, Volume] => {
    if (!chance.chance(0.8)) return [name, volume];
    const picture = randomPicture(chance);
    images.set(picture.sha256, sourceOf(picture));
    return [name, { ...volume, image: { path: `/images/${name}.raw`, format: 'raw', sha256: picture.sha256 } }];
  });
  return { site: { ...site, volumes: Object.fromEntries(volumes) }, images };
}

function randomPicture(chance: Random): Picture {
  const whole = chance.whole(1, 5);
  const words = Array.from({ length: whole }, () => (chance.chance(0.4) ? undefined : chance.hex(16)));
  const bytes = (whole - 1) * partBytes + chance.pick([partBytes, 512, 4096]);
  const picture = { sha256: sha256(JSON.stringify([words, bytes])), bytes, words };
  pictures.set(picture.sha256, picture);
  return picture;
}

function sourceOf({ words, bytes, sha256: sha }: Picture): ImageSource {
  return {
    bytes,
    sha256: sha,
    async part(at) {
      const data = Buffer.alloc(Math.min(partBytes, bytes - at * partBytes));
      data.write(words[at] ?? '');
      return data;
    },
  };
}

/** Frames out of the bytes of a line, cut anywhere; into a spool, as the node stores them. */
export class FrameReader {
  #left: Buffer = Buffer.alloc(0);

  /** One more frame, or undefined until more has come. */
  take(data: Uint8Array): void {
    this.#left = this.#left.length === 0 ? Buffer.from(data) : Buffer.concat([this.#left, data]);
  }

  putNext(spool: Spool): boolean {
    const newline = this.#left.indexOf(10);
    if (newline < 0) return false;
    const [is, word = '', ...rest] = this.#left.subarray(0, newline).toString().split(' ');
    const body = newline + 1;
    if (is === 'part') {
      const length = Number(rest[0]);
      if (this.#left.length < body + length) return false;
      const text = this.#left.subarray(body, body + Math.min(wordBytes, length)).toString();
      spool.parts.set(Number(word), partOf(text.replace(/\0+$/, '')));
      this.#left = this.#left.subarray(body + length);
      return true;
    }
    if (is === 'zeros') spool.parts.set(Number(word), Number(rest[0]));
    if (is === 'end') spool.end = word;
    if (is === 'stop') spool.stop = [word, ...rest].join(' ');
    this.#left = this.#left.subarray(body);
    return true;
  }
}
