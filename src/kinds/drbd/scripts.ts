/**
 * Steps and guards whose program would print the shared secret (4.4): a dry run, and a `connect` that takes too long,
 * which is reported with all its options (tried, drbd-utils 9.22). Ours is white-listed, so that it has no blanks.
 */
import { type Command, command, type Run } from '../../shell/command.ts';

const hide = "sed 's/shared-secret=[^ ]*/shared-secret=(secret)/'";

/**
 * D12: always Secondary. An `up` that failed takes itself down again: half up looks like a split brain. What somebody
 * else brought up meanwhile is not this one's to take down, so it is left alone whole (C4).
 */
const upScript = `there=$(drbdsetup events2 --now --statistics) || exit
case $there in *" resource name:$1 "*) echo "$1 is up already, and is left as it is" >&2; exit 1 ;; esac
said=$(drbdadm up "$1" 2>&1); code=$?
printf '%s\\n' "$said" | ${hide} >&2
[ "$code" -eq 0 ] || drbdadm down "$1"
exit "$code"`;

const adjustScript = quietly('adjust');
const connectScript = quietly('connect');

function quietly(verb: 'adjust' | 'connect'): string {
  return `said=$(drbdadm ${verb} "$1" 2>&1); code=$?
printf '%s\\n' "$said" | ${hide} >&2
exit "$code"`;
}

/** A pipe would lose the exit status of what is piped. */
const previewScript = `said=$(drbdadm -d adjust "$1") || exit
printf '%s\\n' "$said" | ${hide}`;

const windowScript = shows('allow-two-primaries');
const protocolScript = shows('protocol');

function shows(option: 'allow-two-primaries' | 'protocol'): string {
  return `said=$(drbdsetup show "$1") || exit
printf '%s\\n' "$said" | sed -n '/${option}/p'`;
}

/**
 * 8.4 does not say who holds it open; 9 does, under debugfs. What can be told beside the kernel's refusal: programs, and
 * the domains that Xen gave it to.
 */
const demoteScript = `said=$(drbdadm secondary "$1" 2>&1) && exit
code=$?
printf '%s\\n' "$said"
cat /sys/kernel/debug/drbd/resources/"$1"/volumes/*/openers 2>/dev/null
fuser -v "$2" 2>&1
xenstore-ls -f /local/domain/0/backend/vbd 2>/dev/null | grep -F "\\"$2\\""
exit "$code"`;

/** A line for each peer that it is connected to; or its state and its history. */
const connectedScript = `state=$(drbdadm cstate "$1") || exit
for one in $state; do
  case $one in
    Connected | SyncSource | SyncTarget | PausedSyncS | PausedSyncT | WFBitMapS | WFBitMapT | Verify?) echo connected ;;
    *) echo "$state"; drbdadm show-gi "$1"; exit ;;
  esac
done`;

export function up(name: string): Run {
  return { do: 'run', command: script(upScript, name) };
}

export function adjust(name: string): Run {
  return { do: 'run', command: script(adjustScript, name) };
}

export function connect(name: string): Run {
  return { do: 'run', command: script(connectScript, name) };
}

export function connected(name: string): Command {
  return script(connectedScript, name);
}

/** Prints what the kernel said, and who may have it open, when it cannot. */
export function demote(name: string, device: string): Command {
  return script(demoteScript, name, device);
}

/** What `adjust` would run, one command a line. */
export function previewAdjust(name: string): Command {
  return script(previewScript, name);
}

/** The options of the kernel that allow two Primaries, if any: `allow-two-primaries yes;`. */
export function window(name: string): Command {
  return script(windowScript, name);
}

/** Its protocol, where that is not its default (C). */
export function protocol(name: string): Command {
  return script(protocolScript, name);
}

function script(text: string, ...words: readonly string[]): Command {
  return command('sh', '-c', text, 'sh', ...words);
}
