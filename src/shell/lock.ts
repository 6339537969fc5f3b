/**
 * The node's lock (C7): one line `NONCE UNTIL SINCE OPERATION OWNER HOST PID TITLE`, times in seconds of the node's own
 * uptime (T6), free text as base64. It changes only under a short mutex and by rename, so that a batch which reads it
 * before each of its steps never sees half of one.
 */
import { plainWord, toWord } from './frame.ts';
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';
import type { Holder } from './script.ts';

/** Names and functions that all scripts about the lock begin with. */
export function lockText(layout: Layout): string {
  return `_run=${quote(layout.run)} _lock=${quote(`${layout.run}/lock`)} _state=${quote(layout.state)}
${troubleText}${orphansText}_runs() {
  exec 8>>"$_run/running"
  flock -sn 8 || return 0
  _orphans
}
_mutex() {
  exec 7>>"$_run/mutex" && flock -w 10 7 || _trouble 'another sanctl keeps the lock of this node busy'
}
_read_lock() {
  _held='' _until='' _since='' _who=''
  { read -r _up _rest <${quote(layout.uptime)} && _now=\${_up%%.*} && [ "$_now" -ge 0 ]; } || _trouble 'the uptime of this node cannot be read'
  [ -e "$_lock" ] || return 0
  read -r _held _until _since _who <"$_lock" && [ "$_until" -ge 0 ] && [ "$_since" -ge 0 ] || _trouble "$_lock cannot be read; it is not ours to repair"
}
_write_lock() {
  printf '%s\\n' "$*" >"$_lock.new" && mv -T -- "$_lock.new" "$_lock"
}
`;
}

/** The exit status of a script which changed nothing, and says on stderr why (EX_CANTCREAT, sysexits.h). */
export const untouched = 73;

export const troubleText = `_trouble() { printf '%s\\n' "$1" >&2; exit ${untouched}; }
`;

/**
 * A batch that was killed leaves its number in /run/sanctl/running; one that ended, none. Its number is that of its
 * session: a command which still works for it is of that session, a daemon which it started has left it.
 */
export const orphansText = `_orphans() {
  _session='' _rest=''
  read -r _session _rest 2>/dev/null <"$_run/running"
  [ -n "$_session" ] || return 1
  for _stat in /proc/[0-9]*/stat; do
    { read -r _line <"$_stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086 # these are words
    set -- \${_line##*) }
    [ "$4" != "$_session" ] || [ "$1" = Z ] || return 0
  done
  return 1
}
`;

/**
 * For scripts that sanctl leaves on a node, which act without it: `locked COMMAND` holds what a batch would hold. They bring `run`, a
 * function `now` that sets `now`, and `because`, which says why not and fails.
 */
export const localLockText = `# While a batch of sanctl runs, was killed, or somebody holds the node, nothing is changed (docs/protocol.md). No command
# inherits the lock: a daemon that it leaves behind would hold it for ever.
locked() {
  { mkdir -p "$run" && : >>"$run/running"; } || because "$run cannot be written" || return
  exec 8>>"$run/running"
  code=1
  if ! flock -n 8; then
    because 'sanctl is at work here'
  elif [ -s "$run/running" ]; then
    because 'a batch of sanctl was killed here (\`sanctl journal\`)'
  elif is_held; then
    because 'somebody holds this node (\`sanctl journal\`)'
  else
    printf '%s\\n' "$$" >"$run/running"
    "$@" 8>&-
    code=$?
    : >"$run/running"
  fi
  exec 8>&-
  return "$code"
}
# A lease that cannot be read is one.
is_held() {
  [ -e "$run/lock" ] || return
  ! { read -r _ until _ <"$run/lock" && [ "$until" -ge 0 ] && now && [ "$now" -ge "$until" ]; }
}`;

/** Everything of the lock's line after its three first words. */
export function holderWords(holder: Holder): string {
  const { operation, owner, host, pid, title } = holder;
  return [plainWord(operation), toWord(owner), toWord(host), pid, toWord(title)].join(' ');
}

/** Whole seconds of a lease. */
export function leaseWord(leaseSeconds: number): number {
  if (!(leaseSeconds >= 1)) throw new Error(`not a lease: ${leaseSeconds}`);
  return Math.ceil(leaseSeconds);
}
