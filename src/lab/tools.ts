/** The programs that the lab needs on this machine, and the Debian packages that bring them. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, error } from '../diagnostic.ts';

interface Tool {
  readonly program: string;
  /** The Debian package that brings it. */
  readonly from: string;
}

const running: readonly Tool[] = [
  { program: 'qemu-system-x86_64', from: 'qemu-system-x86' },
  { program: 'qemu-img', from: 'qemu-utils' },
  { program: 'ssh', from: 'openssh-client' },
  { program: 'ssh-keygen', from: 'openssh-client' },
];

const building: readonly Tool[] = [
  { program: 'mmdebstrap', from: 'mmdebstrap' },
  { program: 'mke2fs', from: 'e2fsprogs' },
  { program: 'setpriv', from: 'util-linux' },
];

/** The power switches by IPMI. */
const switching: readonly Tool[] = [{ program: 'ipmi_sim', from: 'openipmi' }];

/** An ordinary user builds the image in a user namespace, which needs the set-uid helpers of subuid(5). */
const buildingAsUser: readonly Tool[] = [{ program: 'newuidmap', from: 'uidmap' }];

export interface Need {
  /** Whether the image is to be built, too. */
  readonly build: boolean;
  /** Whether the nodes are to have power switches by IPMI. */
  readonly ipmi?: boolean;
  readonly asRoot: boolean;
  /** The folders of programs; administrators' folders are searched as well, as an ordinary user's PATH lacks them. */
  readonly path?: readonly string[];
}

/** One diagnostic for everything that is missing, with the command that installs it; undefined when all is there. */
export function missingTools(need: Need): Diagnostic | undefined {
  const path = need.path ?? programFolders();
  const tools = [
    ...running,
    ...(need.ipmi === true ? switching : []),
    ...(need.build ? building : []),
    ...(need.build && !need.asRoot ? buildingAsUser : []),
  ];
  const missing = tools.filter((tool) => findProgram(tool.program, path) === undefined);
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((tool) => tool.from))].sort();
  return error(
    'lab/missing-tools',
    'The lab needs programs that are not installed',
    `not found: ${missing.map((tool) => tool.program).join(', ')}`,
    { help: `\`${need.asRoot ? '' : 'sudo '}apt-get install --no-install-recommends ${packages.join(' ')}\`` },
  );
}

/** The folders where programs are looked for. */
export function programFolders(): readonly string[] {
  return [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), '/usr/sbin', '/sbin'];
}

export function findProgram(program: string, path: readonly string[] = programFolders()): string | undefined {
  return path.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
