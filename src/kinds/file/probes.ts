/** What is asked of a node about the files that sanctl may write. */
import { command, type Probe } from '../../shell/command.ts';
import { authkeyPath, fencePasswordPath, heartbeatPaths, xenFolder, xenScripts } from './paths.ts';

/** Where the node remembers what sanctl wrote last, one `sha256  path` for each write (C8). */
const recordPath = '/var/lib/sanctl/files.sha256';
/** Packages that ship files at paths of ours. */
const shippers = ['lvm2', 'drbd-utils', 'xen-utils-common', 'corosync'];
/** Longer files are not shown in a diff. */
export const longestText = 500;

/** What lies deeper than a folder of /etc, or elsewhere, and is always there. */
const elsewhere = ['/etc/systemd/system', '/root', xenScripts];

/**
 * A path that `find` does not list in a walk that ended well is absent; that it cannot be opened would not prove it (C5).
 * Hence the walk over folders instead of a question for each path: also one process instead of thousands. Where the files
 * of domains are it always goes: one that nobody wants any more may still start a guest.
 */
export function probes(paths: readonly string[]): readonly Probe[] {
  // Of what stands in /etc itself its own name: `/etc/*` would be everything.
  const patterns = [
    ...paths.map((path) => (/^\/etc\/[^/]*$/.test(path) ? path : path.replace(/[^/]*$/, '*'))),
    `${xenFolder}/*`,
  ];
  const isDeep = (path: string): boolean =>
    path.split('/').length > 4 && !elsewhere.some((root) => path.startsWith(`${root}/`));
  const beyond = elsewhere.filter((root) => paths.some((path) => path.startsWith(`${root}/`)));
  const within = [...new Set(patterns)].flatMap((pattern, at) => [...(at === 0 ? [] : ['-o']), '-path', pattern]);
  const format = '%y %m %U:%G %s %p\\n';
  return [
    {
      name: 'file.list',
      command: command(
        'find',
        '/etc',
        ...beyond,
        '-mindepth',
        '1',
        '-maxdepth',
        paths.some(isDeep) ? '3' : '2',
        '(',
        ...within,
        ')',
        '-printf',
        format,
      ),
    },
    { name: 'file.sha256', command: command('sha256sum', '--', ...paths) },
    { name: 'file.md5', command: command('md5sum', '--', ...paths) },
    // What is nothing but a secret is never shown, and never leaves the node.
    { name: 'file.text', command: command('sed', '-s', '-E', ...textScript, '--', ...paths.filter(isShown)) },
    { name: 'file.written', command: command('cat', recordPath) },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
    { name: 'file.shipped', command: command('dpkg-query', '--show', '--showformat=${Conffiles}\\n', ...shippers) },
  ];
}

/**
 * Each file's name on a line, then its lines behind a `|`, so that no line of a file can pass for a name. What follows
 * a word for a secret is hidden here, on the node: `shared-secret "…"` of DRBD, `vncpasswd = "…"` of Xen.
 */
const secretWord = '((secret|passw(or)?d)"?([[:space:]]*[=:][[:space:]]*|[[:space:]]+))';
const textScript = [
  '1F',
  `s/${secretWord}[=:]*[^[:space:],;"'=:][^[:space:],;"']*/\\1(secret)/Ig`,
  `s/${secretWord}"[^"]*("|$)/\\1"(secret)"/Ig`,
  `s/${secretWord}'[^']*('|$)/\\1'(secret)'/Ig`,
  's/^/|/',
  `${longestText + 2},$d`,
].flatMap((expression) => ['-e', expression]);

const secretFiles: ReadonlySet<string> = new Set([heartbeatPaths.config, heartbeatPaths.keys]);

function isShown(path: string): boolean {
  return (
    !path.endsWith('.key') && path !== authkeyPath && !secretFiles.has(path) && !path.startsWith(fencePasswordPath(''))
  );
}
