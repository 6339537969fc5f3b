/** The files that matter on a machine. A rename is all or nothing; what was written stays. */
import { createHash } from 'node:crypto';

export interface File {
  readonly content: string;
  /** Octal, three or four digits: `600`. */
  readonly mode: string;
  readonly owner: string;
  /** `regular file`, `symbolic link`, `directory`. */
  readonly type: string;
}

/** Where files are kept: in memory, or in a folder that a real shell sees. */
export type FileStore = Pick<Map<string, File>, 'get' | 'set' | 'delete' | 'keys'>;

export class Files {
  #files: FileStore = new Map<string, File>();

  /** From now on they lie there. */
  moveTo(store: FileStore): void {
    for (const path of this.paths) {
      const file = this.#files.get(path);
      if (file !== undefined) store.set(path, file);
    }
    this.#files = store;
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  get(path: string): File | undefined {
    return this.#files.get(path);
  }

  put(path: string, content: string, mode = '644'): void {
    this.#files.set(path, { content, mode: mode.replace(/^0+/, ''), owner: '0:0', type: 'regular file' });
  }

  link(path: string, target: string): void {
    this.#files.set(path, { content: target, mode: '777', owner: '0:0', type: 'symbolic link' });
  }

  /** Where links lead: a path that is none leads to itself. */
  real(path: string): string {
    const file = this.#files.get(path);
    if (file?.type !== 'symbolic link') return path;
    const folder = path.slice(0, path.lastIndexOf('/'));
    const target = file.content.startsWith('../')
      ? `${folder.slice(0, folder.lastIndexOf('/'))}/${file.content.slice(3)}`
      : file.content;
    return this.real(target);
  }

  append(path: string, content: string): void {
    const before = this.#files.get(path);
    this.put(path, (before?.content ?? '') + content, before?.mode ?? '600');
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  move(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) return;
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  /** Everything below a folder, as after a reboot of `/run`. */
  removeBelow(folder: string): void {
    for (const path of this.paths) if (path.startsWith(`${folder}/`)) this.#files.delete(path);
  }

  below(folder: string): readonly string[] {
    return this.paths.filter((path) => path.startsWith(`${folder}/`)).sort();
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
