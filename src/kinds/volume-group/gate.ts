/**
 * The destroy gate of a whole disk (C1, C2, C3): what must be proven, right before the write, of the very disk that the
 * plan saw. The same questions are probes at plan time, so that a plan does not run into its own guards.
 */
import { type Argv, command, type Guard } from '../../shell/command.ts';
import type { Device } from './facts.ts';

/**
 * Reads the first and last 4 MiB and 16 places of 64 KiB between, and says where the first byte is that is not zero.
 * The first MiB is looked at apart: what is left of a label lives there. Any trouble with reading is exit 2. A disk that
 * the kernel has built something on is used, whatever its bytes are (C2), and is not read: that takes seconds.
 */
const contentScript = `size=$(blockdev --getsize64 "$1") && [ "$size" -ge 8388608 ] && real=$(realpath "$1") || exit 2
for holder in "/sys/class/block/\${real##*/}/holders/"*; do [ -e "$holder" ] && echo held && exit 0; done
differs() {
  cmp -s -n "$2" -i "$1:0" "$device" /dev/zero
  case $? in 0) return 1 ;; 1) return 0 ;; *) exit 2 ;; esac
}
device=$1 said=zero at=1 places=1048576:3145728
differs 0 1048576 && said='zero after 1 MiB'
while [ "$at" -le 16 ]; do places="$places $((size / 17 * at / 4096 * 4096)):65536" at=$((at + 1)); done
for place in $places $((size - 4194304)):4194304; do
  differs "\${place%:*}" "\${place#*:}" && echo "data at \${place%:*}" && exit 0
done
echo "$said"`;

export function contentQuestion(device: string): Argv {
  return ['sh', '-c', contentScript, 'sh', device];
}

/** Processes that hold the device open; fuser(1) is not on every Debian. Processes end while it looks: no failure. */
const openersScript = 'find /proc/[0-9]*/fd -lname "$(realpath "$1")" 2>/dev/null; true';

export const lsblkColumns = 'TYPE,SIZE,RO,SERIAL,WWN,MOUNTPOINTS';

/** A device that the same plan makes: nothing is known of it yet but that it must be there, blank, and nobody's (C1, C2). */
export function gateOfNew(path: string, type: string): readonly Guard[] {
  return [
    {
      ask: command('lsblk', '-n', '-r', '-o', 'TYPE,MOUNTPOINTS', path),
      expect: { stdout: type },
      proves: `${path} is there, nothing is built on it and it is not mounted (C2)`,
    },
    ...blank(path, type),
    openToNobody(path),
  ];
}

/** A disk that must be blank, or bear nothing but the label of the physical volume with this uuid. */
export function gate(path: string, device: Device, label?: string): readonly Guard[] {
  return [
    {
      ask: command('lsblk', '-n', '-r', '-b', '-o', lsblkColumns, path),
      expect: { stdout: lsblkLine(device) },
      proves: `${path} is the disk that the plan saw, nothing is built on it and it is not mounted (C2, C3)`,
    },
    ...(label === undefined ? blank(path, device.type) : labelled(path, label)),
    ...[path, ...wholeDisk(device)].map(openToNobody),
  ];
}

/** Of a partition, by the kernel's rule for its name (`vdb1`, `nvme0n1p1`): who has the whole disk has it as well. */
export function wholeDisk({ type, kernelName }: Pick<Device, 'type' | 'kernelName'>): readonly string[] {
  const [, numbered, plain] = /^(?:(.*\d)p|(.*\D))\d+$/.exec(kernelName) ?? [];
  const name = numbered ?? plain;
  return type === 'part' && name !== undefined ? [`/dev/${name}`] : [];
}

function openToNobody(path: string): Guard {
  return {
    ask: command('sh', '-c', openersScript, 'sh', path),
    expect: { stdout: '' },
    proves: `no process has ${path} open (C2)`,
  };
}

/** blkid(8) always knows of a partition where it is, and ends with 0 though it prints nothing (tried, util-linux 2.38.1). */
function blank(path: string, type: string): readonly Guard[] {
  return [
    {
      ask: command('wipefs', '--no-act', '--noheadings', path),
      expect: { stdout: '' },
      proves: `${path} bears no signature (C1)`,
    },
    {
      ask: command('blkid', '-p', '-s', 'PTTYPE', '-o', 'value', path),
      expect: type === 'part' ? { stdout: '' } : { exit: 2 },
      proves: `${path} has no partition table (C1)`,
    },
    {
      ask: command(...contentQuestion(path)),
      expect: { stdout: 'zero' },
      proves: `the first and last 4 MiB of ${path} and 16 places between are zero (C1)`,
    },
  ];
}

function labelled(path: string, uuid: string): readonly Guard[] {
  return [
    {
      ask: command('wipefs', '--no-act', '--noheadings', '--output', 'TYPE,UUID', path),
      expect: { stdout: `LVM2_member ${uuid}` },
      proves: `${path} bears one signature, that of this physical volume (C1)`,
    },
    {
      ask: command('pvs', '--noheadings', '-o', 'pv_uuid', '--select', `pv_uuid=${uuid} && vg_name=""`),
      expect: { stdout: uuid },
      proves: `the physical volume on ${path} belongs to no volume group (C3)`,
    },
    {
      ask: command(...contentQuestion(path)),
      expect: { stdout: 'zero after 1 MiB' },
      proves: `${path} is zero but for its label (C1)`,
    },
  ];
}

/** As `lsblk --raw` prints it: white space, backslashes and what is not printable as `\\xNN` (libsmartcols). */
function lsblkLine({ type, bytes, readOnly, serial, wwn }: Device): string {
  const raw = (text: string): string =>
    text.replace(/[^!-[\]-~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return [type, bytes, readOnly ? 1 : 0, raw(serial), raw(wwn)].join(' ').trim();
}
