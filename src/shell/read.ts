/**
 * Reads the disks of a set of snapshots, from its stdout on: a part as its checksum and its bytes, one of zeros as a word
 * (docs/protocol.md). It writes nothing on the node. All of them are held open as long as it runs, which is what LVM asks
 * before it removes a volume, and all of them must be the ones that are meant before the first byte and after the last (C3, L5).
 */
import { createHash } from 'node:crypto';
import { partBytes } from './fill.ts';
import { quote } from './quote.ts';
import type { Read, ReadDisk } from './script.ts';

/** The exit status of a script which found that a snapshot is not the one that is meant, or is worth nothing any more. */
export const changed = 75;

/** Stands before the first answer; what a login shell says comes before it. */
export const readBegins = 'sanctl read';

/** Nested calls hold the devices: a shell keeps what a call's redirection has put aside, and POSIX knows nine numbers only. */
export function readText({ disks }: Read): string {
  return `_part=${partBytes}
_changed() { printf '%s\\n' "$1" >&2; exit ${changed}; }
_same() {
  _found=$(lvs --noheadings -o lv_uuid,lv_snapshot_invalid --select "$3" </dev/null) || exit 1
  case " $_found " in *" $2 "*) ;; *) _changed "$1 is not the snapshot that is meant, or not valid any more" ;; esac
}
_large() {
  _has=$(blockdev --getsize64 "$1" </dev/null) || exit 1
  [ "$_has" -ge "$2" ] || _changed "$1 has $_has bytes, and not $2"
}
_bytes() { dd if="$1" bs="$_part" skip="$_from" count="$_count" iflag=skip_bytes,count_bytes,fullblock status=none </dev/null; }
_disk() {
  printf 'disk %s %s\\n' "$1" "$4"
  _at=$4
  while [ "$((_at * _part))" -lt "$3" ]; do
    _from=$((_at * _part)) _count=$_part _zeros=${zeros(partBytes)}
    [ "$((_from + _part))" -le "$3" ] || { _count=$(($3 - _from)) _zeros=$5; }
    _sum=$(_bytes "$2" | sha256sum) || exit 1
    _sum=\${_sum%% *}
    if [ "$_sum" = "$_zeros" ]; then
      printf 'zeros %s\\n' "$_at"
    else
      printf 'part %s %s\\n' "$_at" "$_sum"
      _bytes "$2" || exit 1
    fi
    _at=$((_at + 1))
  done
}
_meant() {
${disks.map(sameText).join('')}}
_read() {
  _meant
${disks.map(largeText).join('')}  printf '\\n${readBegins}\\n'
${disks.map(diskText).join('')}  _meant
  echo end
  exit 0
}
_hold() {
  [ "$#" -gt 0 ] || _read
  [ -b "$1" ] || _changed "$1 is not there"
  _device=$1
  shift
  _hold "$@" <"$_device"
  _changed "$_device cannot be opened"
}
_hold ${disks.map(({ device }) => quote(device)).join(' ')}
`;
}

function sameText({ device, uuid, select }: ReadDisk): string {
  return `  _same ${quote(device)} ${quote(uuid)} ${quote(select)}\n`;
}

function largeText({ device, bytes }: ReadDisk): string {
  return `  _large ${quote(device)} ${bytes}\n`;
}

function diskText({ device, bytes, from }: ReadDisk, at: number): string {
  return `  _disk ${at} ${quote(device)} ${bytes} ${from} ${zeros(bytes % partBytes)}\n`;
}

function zeros(bytes: number): string {
  return createHash('sha256').update(Buffer.alloc(bytes)).digest('hex');
}
