/** What a node is told that is to boot: it asks everything once more itself, when nobody holds it, and then takes its mirrors down in order. Pure. */
import { command, type Guard, type Run, run } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import { localLockText } from '../../shell/lock.ts';
import { quote } from '../../shell/quote.ts';
import type { NodeName } from '../../step.ts';
import { leavingText } from '../cluster/shutdown.ts';

/**
 * `against XEN MIRROR…`: prints what speaks against it, and nothing when nothing does. 8.4 tells of all that it has, also on a node
 * that is not asked for its resources; 9 of those that the plan saw. States as `drbdadm` of both says them.
 */
const againstText = `against() {
  if [ "$1" = xen ]; then
    said=$(xl list) || said=''
    case $said in
      "Name "*"Domain-0 "*)
        others=$(printf '%s\\n' "$said" | sed -e 1d -e '/^Domain-0 /d' -e 's/ .*//')
        [ -z "$others" ] || echo domains are here: $others ;;
      *) echo 'what runs here cannot be read' ;;
    esac
  fi
  shift
  if [ -e /proc/drbd ]; then
    sed -n 's/^ *\\([0-9]*\\): \\(cs:.*\\)$/minor \\1 of DRBD is \\2/p' /proc/drbd |
      grep -Ev ' (cs:Connected ro:Secondary/(Primary|Secondary) ds:UpToDate/UpToDate .*|cs:Unconfigured *)$'
  fi
  for mirror; do
    mirror=\${mirror%/managed}
    state=$(c=$(drbdadm cstate "$mirror") && d=$(drbdadm dstate "$mirror") && r=$(drbdadm role "$mirror") && echo $c $d $r)
    printf '%s\\n' "$state" | grep -Eq '^(Connected )+UpToDate(/UpToDate)+ Secondary(/(Primary|Secondary))?$' ||
      echo "$mirror is \${state:-not to be read}"
  done
  true
}
`;

/** What it says when it does not boot; gone after a boot. */
export const logPath = `${nodeLayout.run}/reboot.log`;
const unit = 'sanctl-reboot.service';

/**
 * The lock of whoever asked for it goes first, or its lease runs out; then nobody else gets the node before it is down. Its mirrors
 * are taken down in order: a peer that only hears no more waits for it, with its guests, and its old connection may keep pages of
 * them for minutes (kinds/module/parameters.ts).
 */
const bootScript = (member: string): string => `run=${nodeLayout.run} why='' refused='' downed='' left=120
now() { read -r up _ <${nodeLayout.uptime} && now=\${up%%.*} && [ "$now" -ge 0 ]; }
because() { why=$1 && return 1; }
${againstText}${member}${localLockText}
boot() {
  found=$(against "$@")
  [ -z "$found" ] || { refuse "$found"; return; }
  shift
  depart || return
  for mirror; do
    case $mirror in */managed) continue ;; esac
    said=$(drbdadm down "$mirror" 2>&1) || { refuse "$mirror cannot be taken down: $said"; return; }
    downed="$downed $mirror"
  done
  systemctl reboot || { refuse 'systemctl reboot failed'; return; }
  sleep 600
  refuse 'systemctl reboot was told, and nothing has come of it for 10 minutes'
}
refuse() {
  arrive
  for each in $downed; do drbdadm up "$each" >/dev/null 2>&1; done
  refused=yes
  because "$1"
}
until locked boot "$@"; do
  left=$((left - 1))
  [ -z "$refused" ] && [ "$left" -gt 0 ] || { printf '%s\\n' "$why" >&2; exit 1; }
  sleep 1
done`;

/** `depart`: before its mirrors are taken down; `arrive`: it goes on here. */
const noMember = `depart() { true; }
arrive() { true; }
`;

/** Those of its mirrors that the cluster has, Pacemaker takes down when it is stopped, and brings up when it is started. */
function memberText([id, name]: readonly [string, string]): string {
  return `${leavingText}departed=''
depart() {
  found=$(leaving ${quote(id)} ${quote(name)})
  [ -z "$found" ] || { refuse "$found"; return; }
  departed=yes
  timeout 600 systemctl stop pacemaker || refuse 'pacemaker does not stop'
}
arrive() { [ -z "$departed" ] || systemctl start pacemaker; }
`;
}

export function isSpare(node: NodeName, words: readonly string[]): Guard {
  return {
    ask: command('sh', '-c', `${againstText}against "$@"`, 'sh', ...words),
    expect: { stdout: '' },
    proves: `nothing runs on ${node}, and each of its mirrors is Secondary there and whole on its peers (X1, D2)`,
  };
}

export function later(words: readonly string[], member?: readonly [id: string, name: string]): Run {
  const script = bootScript(member === undefined ? noMember : memberText(member));
  const output = ['-p', `StandardError=truncate:${logPath}`] as const;
  return run('systemd-run', '--collect', `--unit=${unit}`, ...output, 'sh', '-c', script, 'sh', ...words);
}
