/**
 * What is asked of a node about DRBD. `drbdsetup events2` and `show` load the kernel module when it is not loaded
 * (tried, drbd-utils 9.22), and a question must change nothing: so each looks for the module first.
 *
 * `dump`, `show` and dry runs print the shared secret in clear: it is taken out here, on the node, before it can travel.
 */
import { command, type Probe } from '../../shell/command.ts';

/** One resource of the inventory: its name and the slice that it stands on. */
export interface Asked {
  readonly name: string;
  readonly device: string;
}

/** What the probe of running resources says when the module is proven absent from the kernel. */
export const notLoaded = 'not loaded';

/** A filter which takes secrets out: `shared-secret "…"` of files and `--shared-secret=…` of commands. */
const withoutSecrets = String.raw`sed -E -e 's/(shared-secret[[:space:]]+)("([^"\]|\\.)*"|[^;[:space:]]+)/\1"(secret)"/g' -e 's/(--shared-secret=)(\\.|[^\[:space:]])*/\1(secret)/g'`;

/** Lines of `drbdadm -d adjust` which cut a data path or change a role (D9); grep -E and JavaScript read it alike. */
export const dangerousChange =
  '^drbd[^ ]* (detach|disconnect|del-[a-z-]+|down|invalidate|invalidate-remote|primary|secondary)( |$)';

const loaded = '[ -d /sys/module/drbd ]';

const kernelScript = `if ${loaded}; then echo loaded; exec cat /sys/module/drbd/version; fi
echo ${notLoaded}; exec modinfo -F version drbd`;

const runningScript = `${loaded} || { cat /proc/modules >/dev/null && echo ${notLoaded}; exit; }
case $(cat /sys/module/drbd/version) in
  8.*) exec drbdsetup events2 --now --statistics ;;
  9.*) exec drbdsetup status --json --statistics ;;
  *) echo 'neither DRBD 8.4 nor 9' >&2; exit 1 ;;
esac`;

/** Script text which prints what a program printed, without secrets, if it succeeded. A pipe would lose its exit status. */
function hiding(program: string): string {
  return `said=$(${program}) || exit
printf '%s\\n' "$said" | ${withoutSecrets}`;
}

const showScript = `${loaded} || exit 0
${hiding('drbdsetup show')}`;

/** Without drbd-utils nothing reads these files; that there are none is then for the shell to say. */
const configuredScript = `command -v drbdadm >/dev/null || { set -- /etc/drbd.d/*.res; [ ! -e "$1" ]; exit; }
${hiding('drbdadm dump')}`;

/** `drbdadm get-gi` would load the module. The version of the metadata follows that of the module to be loaded. */
const generationScript = `! ${loaded} || exec drbdadm get-gi "$1"
minor=$(drbdadm sh-minor "$1") || exit 10
case $(modinfo -F version drbd) in
  8.*) exec drbdmeta "$minor" v08 "$2" internal get-gi ;;
  *) echo 'the metadata of this version can only be read while the module is loaded' >&2; exit 11 ;;
esac`;

const adjustScript = `${loaded} || exit 0
${hiding('drbdadm -d adjust "$1"')}`;

export function probes(resources: readonly Asked[]): readonly Probe[] {
  return [
    { name: 'drbd.kernel', command: command('sh', '-c', kernelScript) },
    { name: 'drbd.utils', command: command('drbdadm', '--version') },
    { name: 'drbd.running', command: command('sh', '-c', runningScript) },
    { name: 'drbd.show', command: command('sh', '-c', showScript) },
    { name: 'drbd.configured', command: command('sh', '-c', configuredScript) },
    { name: 'drbd.ports', command: command('ss', '-H', '-l', '-t', '-n') },
    ...resources.flatMap(ofResource),
  ];
}

function ofResource({ name, device }: Asked): readonly Probe[] {
  const look = ['--no-act', '--noheadings', '--output', 'TYPE', device] as const;
  return [
    { name: `drbd.signatures:${name}`, command: command('wipefs', ...look) },
    { name: `drbd.generation:${name}`, command: command('sh', '-c', generationScript, 'sh', name, device) },
    { name: `drbd.adjust:${name}`, command: command('sh', '-c', adjustScript, 'sh', name) },
  ];
}
