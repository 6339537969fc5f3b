/** What other kinds use to ask for a file on a node. */
import type { Argv, Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { Thing } from '../kind.ts';

export interface FileWant {
  /** Absolute, and one of `managedPaths`: only those are looked at. */
  readonly path: string;
  readonly content: Content;
  /** Octal, four digits: `0600`. The owner is root. */
  readonly mode: string;
  /** Octal: its folder, which may be missing, is made with this mode. */
  readonly folder?: string;
  /** The real tool's check of the new file; `{}` stands for its path. */
  readonly check?: Argv;
  /** The package which ships a file at this path, when sanctl may be the one who installs it. */
  readonly shippedBy?: string;
}

/** `needs` are addresses of things that must be there before, for example the package which has the checking tool. */
export function fileThing(node: NodeName, want: FileWant, needs: readonly string[]): Thing<FileWant> {
  return { kind: 'file', name: fileName(want.path), nodes: [node], want, needs };
}

/** The address of a file: `file/etc/drbd.d/web-root.res@alpha`. */
export function fileAddress(path: string, node: NodeName): string {
  return `file/${fileName(path)}@${node}`;
}

function fileName(path: string): string {
  return path.replace(/^\//, '');
}
