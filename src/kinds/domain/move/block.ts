/**
 * The script that Xen runs for a disk of a guest which moves: a mirror, or an import that it writes. libxl attaches disks after the last of the memory has come,
 * while the guest stands still at the source (seen, Xen 4.17): so this is the one place where two Primaries can be made
 * for seconds only, and where it can be proven that the target has every byte. Two Primaries during the whole copy would
 * make a split brain of any cut of the line (seen, DRBD 8.4.11).
 *
 * An import is taken over at this one moment as well (docs/decisions/0016): its server lets this node in once, and ends the source's
 * connection before it serves this one.
 *
 * It promotes and imports only by a note of sanctl's, and only what is whole. A guest that has moved once keeps this script: one that a
 * person moves on by a bare `xl migrate` comes without a note, and Xen's own would attach a device that is not Primary (seen at
 * `xl create`, 4.17): the guest would hang here, and be gone there. Whatever does not come from elsewhere gets Xen's own script. Not a
 * template: what it checks is not a matter of taste.
 */
import { type Action, command, type Guard, run } from '../../../shell/command.ts';
import { literal } from '../../../shell/expect.ts';
import type { NodeName } from '../../../step.ts';
import { importPath } from '../../backing.ts';
import type { Window } from '../../drbd/window.ts';
import { blockScriptPath, servedUnit } from '../../file/paths.ts';
import { fileThing } from '../../file/thing.ts';
import { hostAddress } from '../../host/index.ts';
import type { Thing } from '../../kind.ts';
import { packageAddress } from '../../package/index.ts';
import type { NbdExport } from '../../site/exports.ts';

/** What a move leaves on its nodes, for as long as it goes on. */
export const notes = '/run/sanctl/move';

export const blockScript = `#!/bin/sh
# Written by sanctl. Xen runs it for a disk of a guest that moves: it makes this node Primary, or the importer, and goes on as Xen's own.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
  xenstore-write "$XENBUS_PATH/hotplug-error" "sanctl: $1" "$XENBUS_PATH/hotplug-status" error
  logger -p daemon.err -t sanctl "block-sanctl: $1"
  exit 1
}

# A guest that only starts again has its disks here already.
arrives() {
  id=$(xenstore-read "$XENBUS_PATH/frontend-id") && name=$(xenstore-read "/local/domain/$id/name") ||
    fail 'its domain cannot be read'
  case $name in *--incoming) ;; *) return 1 ;; esac
}

# The note of a mirror has two lines: the resource, and what it must say of itself. 8.4 shows that in a file, by the minor which is attached here:
# the guest stands still meanwhile, and a program takes longer.
state() {
  case $good in
    cs:*) while read -r number cs ro ds protocol flags rest; do
        [ "$number" != "$minor:" ] || echo "$cs $ro $ds $protocol \${flags%-----}"
      done </proc/drbd ;;
    *) echo "$(drbdadm cstate "$resource") $(drbdadm dstate "$resource") $(drbdadm role "$resource")" ;;
  esac
}
primary() {
  case $good in
    cs:*) drbdsetup primary "$minor" ;;
    *) drbdadm primary "$resource" ;;
  esac
}
promote() {
  { read -r resource && read -r good; } <"$1" || fail "$1 cannot be read"
  minor=\${device#/dev/drbd}
  case $good in
    cs:*) ;;
    *) [ "$(drbdadm sh-dev "$resource")" = "$device" ] || fail "$device is not the device of $resource" ;;
  esac
  for try in 1 2 3 4 5; do
    state=$(state)
    [ "$state" = "$good" ] || fail "$resource is $state, not $good: it may lack what the guest wrote"
    said=$(primary 2>&1) && return
    sleep 1
  done
  fail "$resource: $said"
}

# The note of an import names its unit, which is up once all is proven. One that is not up in time is stopped: it would come when the guest goes
# on where it was, and take the disk from it (N7). libxl waits 40 s for this script, and its guest stands still meanwhile.
take_over() {
  read -r unit <"$1" || fail "$1 cannot be read"
  said=$(timeout 25 systemctl start "$unit" 2>&1) && [ -b "$device" ] && return
  status=$(systemctl show --property=StatusText "$unit")
  systemctl stop "$unit"
  fail "$unit is not up: \${status#StatusText=} $said"
}

# DRBD lets nobody open what is Secondary, not even to read (drbd_open, 8.4).
opens() { dd if="$device" of=/dev/null count=0 2>/dev/null; }

if [ "$1" = add ]; then
  device=$(xenstore-read "$XENBUS_PATH/params") || fail 'its device cannot be read'
  note=${notes}/\${device#/dev/}
  if ! arrives; then :
  elif [ -e "$note" ]; then
    case $device in
      /dev/gnbd/*) take_over "$note" ;;
      *) promote "$note" ;;
    esac
  else opens || fail "$device cannot be opened here, and sanctl did not send this guest"
  fi
fi
exec /etc/xen/scripts/block "$@"
`;

/** On a node that may run VMs with mirrors, or take over the import of one. */
export function blockScriptFile(node: NodeName): Thing {
  const want = { path: blockScriptPath, content: [blockScript], mode: '0755', check: ['sh', '-n', '{}'] as const };
  return fileThing(node, want, [hostAddress(node), packageAddress(node)]);
}

/**
 * On the target: what its script may promote. 8.4 as `/proc/drbd` shows it, up to the protocol and the sign that it is not suspended
 * (User's Guide 8.4, 6.3). 9 tells the role of this node only.
 */
export function note({ resource, device, dialect, replicas }: Window): readonly Action[] {
  const peers = replicas.length - 1;
  const good =
    dialect === '8.4'
      ? 'cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r'
      : `${'Connected '.repeat(peers)}UpToDate${'/UpToDate'.repeat(peers)} Secondary`;
  const stdin = `${resource}\n${good}\n`;
  return [run('mkdir', '-p', notes), { do: 'run', command: { ...command('tee', notePath(device)), stdin } }];
}

/** On the target: by which unit its script may import. Who may write is decided by the server all the same. */
export function importNote(one: NbdExport): readonly Action[] {
  const path = notePath(importPath(one));
  const stdin = `${servedUnit('import', one.name)}\n`;
  return [
    run('mkdir', '-p', path.slice(0, path.lastIndexOf('/'))),
    { do: 'run', command: { ...command('tee', path), stdin } },
  ];
}

/** 1: there is none. */
export function removeNote(device: string): Action {
  return { do: 'run', command: command('rm', notePath(device)), accept: [0, 1] };
}

/** As its device lies in `/dev`: an export may have the name of a device or of a VM. */
function notePath(device: string): string {
  return `${notes}/${device.slice('/dev/'.length)}`;
}

export const mayRunScript: Guard = {
  ask: command('test', '-x', blockScriptPath),
  expect: { exit: 0 },
  proves: `${blockScriptPath} is there (D15)`,
};

/** On the source: what goes with the guest instead of the configuration that it was started from. */
export function putConfig(vm: string, text: string): readonly Action[] {
  const path = configPath(vm);
  return [
    run('mkdir', '-p', notes),
    { do: 'run', command: { ...command('tee', path), stdin: text } },
    run('xl', 'create', '-n', path),
  ];
}

export function configPath(vm: string): string {
  return `${notes}/${vm}.cfg`;
}

/** The file of a domain, these devices attached by our script; undefined where one of them is not in it. */
export function withScript(file: string, devices: readonly string[]): string | undefined {
  let text: string | undefined = file;
  for (const device of devices) {
    const parts: readonly string[] = text.split(new RegExp(`target=(?=${literal(device)}["'])`));
    if (parts.length !== 2) return undefined;
    text = parts.join('script=block-sanctl, target=');
  }
  return text;
}
