/** The files that sanctl writes, as they are. */
import type { Reading } from '../reading.ts';

export interface FileFacts {
  /** By path, of every path that the inventory asks for. */
  readonly files: Readonly<Record<string, Reading<FileState | 'absent'>>>;
  /** By path: the sha256 that sanctl wrote last (C8). */
  readonly written: Reading<Readonly<Record<string, string>>>;
  /** Files of domains that sanctl wrote and that are still there, whether or not the inventory asks for them. */
  readonly domainFiles: readonly string[];
  /** By path: the md5 of the distribution's own version of this configuration file. */
  readonly shipped: Readonly<Record<string, string>>;
}

export interface FileState {
  readonly type: 'file' | 'other';
  /** Octal: `600`. */
  readonly mode: string;
  /** `0:0` is root. */
  readonly owner: string;
  readonly bytes: number;
  /** Hexadecimal; empty for what is no file. */
  readonly sha256: string;
  readonly md5: string;
  /** Its text with secrets hidden on the node; undefined when it is too long to show. */
  readonly text: string | undefined;
}
