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

const adjustScript = `said=$(drbdadm adjust "$1" 2>&1); code=$?
printf '%s\\n' "$said" | ${hide} >&2
exit "$code"`;

/** A pipe would lose the exit status of what is piped. */
const previewScript = `said=$(drbdadm -d adjust "$1") || exit
printf '%s\\n' "$said" | ${hide}`;

const windowScript = `said=$(drbdsetup show "$1") || exit
printf '%s\\n' "$said" | sed -n '/allow-two-primaries/p'`;

export function up(name: string): Run {
  return { do: 'run', command: script(upScript, name) };
}

export function adjust(name: string): Run {
  return { do: 'run', command: script(adjustScript, name) };
}

/** What `adjust` would run, one command a line. */
export function previewAdjust(name: string): Command {
  return script(previewScript, name);
}

/** The options of the kernel that allow two Primaries, if any: `allow-two-primaries yes;`. */
export function window(name: string): Command {
  return script(windowScript, name);
}

function script(text: string, name: string): Command {
  return command('sh', '-c', text, 'sh', name);
}
