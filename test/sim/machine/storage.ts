/** Image files with their loop devices, and what is mounted. */
import { Content, type Device, type Stretch, type Witness, type Written } from './content.ts';

/** A file of a fixed size, all of it allocated. */
export class ImageFile implements Device {
  readonly bytes: number;
  readonly inode: number;
  readonly #content: Content;

  constructor(bytes: number, inode: number, witness: Witness) {
    this.bytes = bytes;
    this.inode = inode;
    this.#content = new Content(witness);
  }

  read(start: number, end: number): readonly Stretch[] {
    return this.#content.read(start, Math.min(end, this.bytes));
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    this.#content.write(start, Math.min(end, this.bytes), written, from);
  }

  forget(how: string): void {
    this.#content.forget(how);
  }
}

/** By direct I/O: what was written lies in the file. */
export class LoopDevice implements Device {
  readonly index: number;
  readonly path: string;
  readonly file: ImageFile;

  constructor(index: number, path: string, file: ImageFile) {
    this.index = index;
    this.path = path;
    this.file = file;
  }

  get bytes(): number {
    return this.file.bytes;
  }

  read(start: number, end: number): readonly Stretch[] {
    return this.file.read(start, end);
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    this.file.write(start, end, written, from);
  }
}
