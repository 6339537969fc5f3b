/** What must hold right before a domain is started: that it runs nowhere, and nothing else has its disks (X1, X5). */
import { command, type Guard } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { Vm } from '../site.ts';
import { namesOf } from './copies.ts';
import type { Disk } from './devices.ts';
import { underXen } from './parse.ts';

/**
 * A guest that reboots leaves the list for a second or two: three looks over six seconds (X5). A disk and whether it is
 * written are on one line.
 */
const looks = `${underXen}
for look in 1 2 3; do
  [ "$look" = 1 ] || sleep 3
  xl list -v && said=$(xl list -l) || exit
  printf '%s\\n' "$said" | tr '\\n}' ' \\n'
  echo
done`;

export function runsNowhereHere(vm: Vm, disks: readonly Disk[]): Guard {
  const names = namesOf(vm.name).map(literal).join('|');
  return {
    ask: command('sh', '-c', looks),
    expect: { lacks: [`^(${names}) `, vm.uuid, ...disks.flatMap(inUse)].join('|') },
    proves: `neither ${vm.name} nor another domain with one of its disks is here, seen three times over six seconds (X1, X5)`,
  };
}

/** What a domain says of a disk that it has; of one that is only read, a domain that writes it. libxl leaves out a zero. */
function inUse({ names, below, readOnly }: Disk): readonly string[] {
  return [...names, ...below].map((path) => `"${literal(path)}"${readOnly ? '.*"readwrite": [^0]' : ''}`);
}

/** C3: the minor that the file names is this resource's. */
export function deviceBelongs({ volume, path }: Pick<Disk, 'volume' | 'path'>): Guard {
  return {
    ask: command('drbdadm', 'sh-dev', volume),
    expect: { stdout: path },
    proves: `${path} is the device of ${volume} (C3)`,
  };
}

/**
 * `xl create` succeeds on a device that is not Primary, and the guest then runs without its disk (tried, Xen 4.17): so
 * promotion is looked at again right before.
 */
export function isPrimary({ volume }: Disk): Guard {
  return {
    ask: command('drbdadm', 'role', volume),
    expect: { matches: '^Primary(/Secondary)?$' },
    proves: `${volume} is Primary here, and nowhere else (X1)`,
  };
}

/**
 * Prints a line for each that has a device open: what is built on it, where it is mounted, loop devices, programs. Ten looks,
 * because udev looks at what becomes Primary as well.
 */
export const openersOfMirror = `users() {
  for one in "/sys/class/block/\${1##*/}/holders/"*; do [ ! -e "$one" ] || echo "\${one##*/} is built on it"; done
  sed -n "s|^$1 \\([^ ]*\\) .*|it is mounted on \\1|p" /proc/mounts || exit
  grep -lxF "$1" /sys/block/loop*/loop/backing_file 2>/dev/null
  find /proc/[0-9]*/fd -lname "$1" 2>/dev/null
  true
}
for look in 1 2 3 4 5 6 7 8 9 10; do
  [ "$look" = 1 ] || sleep 1
  said=$(users "$1") || exit
  [ -n "$said" ] || exit 0
done
printf '%s\\n' "$said"`;

/**
 * A mirror may be Primary here for a person: a repair, or a copy that still runs, would write beneath the guest (C2, X9), and
 * DRBD 8.4 does not say who has it open.
 */
export function isOpenToNobody({ path }: Disk): Guard {
  return {
    ask: command('sh', '-c', openersOfMirror, 'sh', path),
    expect: { stdout: '' },
    proves: `nobody here has ${path} open (C2)`,
  };
}
