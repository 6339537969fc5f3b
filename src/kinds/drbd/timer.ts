/**
 * What a node does about a window for two primaries when sanctl is gone (safety.md 3.2, last paragraph). It looks again
 * every ten seconds, closes only what nobody may need, and never demotes.
 *
 * systemd replaces `${…}` and `$$` in the words of a service (systemd.service(5)), so neither stands in this text: a test
 * says so.
 */
import { type Command, command, type Guard } from '../../shell/command.ts';

/**
 * Whoever moves a guest at this moment, one line each; not zero when that cannot be told. The receiver of xl stays with its
 * guest for as long as that runs, to start it again: then its input is /dev/null (seen, Xen 4.17; `do_daemonize`, xl_utils.c).
 * A sender that is a service has that input as well.
 */
const movers = `movers() {
  found=$(pgrep -f -a '^(/[^ ]*/)?xl (-[^ ]+ )*migrate(-receive)?( |$)') || [ $? -eq 1 ] || return 2
  echo "$found" | while read -r pid words; do
    case $words in
      '' | *' migrate' | *' migrate '*) ;;
      *) [ "$(readlink "/proc/$pid/fd/0")" != /dev/null ] || continue ;;
    esac
    [ -z "$pid" ] || echo "$pid $words"
  done
}
`;

/** Prints a line for each process that moves a guest. */
export const askMovers = command('sh', '-c', `${movers}movers`);

export const nobodyMoves: Guard = {
  ask: askMovers,
  expect: { stdout: '' },
  proves: 'no `xl migrate` and no `xl migrate-receive` is at work here',
};

/** Of the same lines, those without this text: it is in the words of each that the caller began himself. */
export function askOtherMovers(own: string): Command {
  const others = 'all=$(movers) || exit\necho "$all" | grep -Fv "$1" || [ $? -eq 1 ]';
  return command('sh', '-c', `${movers}${others}`, 'sh', own);
}

/**
 * The resource, and the words of the command that closes. A batch that runs (its lock is held) and a lease that lasts are
 * sanctl at work; both survive neither a reboot nor its end.
 */
export const timerScript = `${movers}held() {
  [ ! -e /run/sanctl/running ] || flock -sn /run/sanctl/running true || return 0
  read -r nonce until rest 2>/dev/null </run/sanctl/lock || return 1
  IFS=. read -r now rest </proc/uptime && [ "$now" -lt "$until" ]
}
alarm() { logger -p daemon.alert -t sanctl "$resource allows two primaries, and stays so: $1"; }
resource=$1
shift
while sleep 10; do
  ! held || continue
  objects=$(drbdsetup events2 --now --statistics) || { alarm 'DRBD does not answer'; continue; }
  here=$(echo "$objects" | grep -F "exists resource name:$resource ") || exit 0
  shown=$(drbdsetup show "$resource") || { alarm 'its options cannot be read'; continue; }
  case $shown in *allow-two-primaries*yes*) ;; *) exit 0 ;; esac
  moving=$(movers) || { alarm 'whether a guest moves cannot be told'; continue; }
  [ -z "$moving" ] || continue
  peers=$(echo "$objects" | grep -F "exists connection name:$resource ")
  case $peers in *connection:Connected*) ;; *) alarm 'it is not connected'; continue ;; esac
  if echo "$peers" | grep -qv ' connection:Connected '; then alarm 'it is not connected'
  elif echo "$here" | grep -q ' role:Primary ' && echo "$peers" | grep -q ' role:Primary '; then alarm 'two nodes are Primary'
  else "$@"
  fi
done
`;
