import { Content, type Device, type Stretch, type Witness, type Written } from './content.ts';

/** A whole disk; its content survives everything. */
export class Disk implements Device {
  /** `/dev/vdb`. */
  readonly path: string;
  readonly bytes: number;
  readonly major = 254;
  readonly minor: number;
  readonly #content: Content;

  constructor(path: string, bytes: number, minor: number, witness: Witness) {
    this.path = path;
    this.bytes = bytes;
    this.minor = minor;
    this.#content = new Content(witness);
  }

  get name(): string {
    return this.path.slice('/dev/'.length);
  }

  read(start: number, end: number): readonly Stretch[] {
    return this.#content.read(start, Math.min(end, this.bytes));
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    this.#content.write(start, Math.min(end, this.bytes), written, from);
  }
}
