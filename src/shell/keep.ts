/**
 * Takes a backup from its stdin into a folder of the node, or goes on with one (docs/protocol.md): the same files as on the machine
 * that has sanctl (src/backup/partial.ts), and the same rules. A part is compared with its checksum before it counts; whoever goes on
 * reads back first what is there. The folder gets its name when all of it is flushed, was read back, and has its manifest.
 */
import { createHash } from 'node:crypto';
import { partBytes } from './fill.ts';
import { environment, type Rendered, shell } from './frame.ts';
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';
import type { Keep } from './script.ts';

/** The line of a frame; the bytes of a part, and the text of a manifest, follow it. */
export type KeepFrame =
  | { readonly is: 'part'; readonly disk: number; readonly at: number; readonly sha256: string; readonly bytes: number }
  | { readonly is: 'zeros'; readonly disk: number; readonly at: number }
  /** All was said. */
  | { readonly is: 'end' }
  | { readonly is: 'manifest'; readonly bytes: number };

/** Exit statuses, each with its reason on stderr. */
export const keeping = {
  /** The disk of the node is full, or the folder is not there. */
  notWritten: 73,
  /** What came is not what was sent. */
  garbled: 74,
  /** Somebody else adds to it; or a line of before, which the node has not given up yet. */
  busy: 75,
  isThere: 76,
  /** It was begun of other snapshots. */
  ofAnother: 77,
} as const;

/** Stands before the first answer; what a login shell says comes before it. */
export const keepBegins = 'sanctl keep';

export function keepHead(frame: KeepFrame): string {
  switch (frame.is) {
    case 'part':
      return `part ${frame.disk} ${frame.at} ${frame.sha256} ${frame.bytes}\n`;
    case 'zeros':
      return `zeros ${frame.disk} ${frame.at}\n`;
    case 'end':
      return 'end\n';
    case 'manifest':
      return `manifest ${frame.bytes}\n`;
  }
}

/** The lock is on the folder that is not whole yet, as long as this shell lives: it ends with its stdin. */
export function keepScript({ folder, name, begun, manifest, disks }: Keep, layout: Layout): Rendered {
  const each = (call: (at: number, volume: string, bytes: number) => string): string =>
    disks.map(({ volume, bytes }, at) => `  ${call(at, quote(volume), bytes)}\n`).join('');
  const text = `${environment(layout)}_folder=${quote(folder)} _path=${quote(`${folder}/${name}`)} _part=${partBytes}
_partial=$_path.partial _begun=${quote(begun)} _whole=${quote(manifest ?? '')}
_no() { _code=$1; shift; printf '%s\\n' "$*" >&2; exit "$_code"; }
_free() {
  [ -e "$_path" ] || [ -L "$_path" ] || return 0
  _sum=$(sha256sum <"$_path/manifest.json") 2>/dev/null && [ "\${_sum%% *}" = "$_whole" ] || _no ${keeping.isThere} "$_path is there already"
  printf '\\n${keepBegins}\\nkept\\n'
  exit 0
}
_part_sum() { dd if="$_file" bs="$_part" skip="$1" count=1 status=none </dev/null 2>/dev/null | sha256sum; }
_disk() {
  _file=$_partial/$2.raw _list=$_partial/$2.parts _at=0
  { [ ! -L "$_file" ] && [ ! -L "$_list" ]; } || _no ${keeping.notWritten} "$_file is a link"
  : >>"$_file" && : >>"$_list" || exit ${keeping.notWritten}
  while [ "$((_at * _part))" -lt "$3" ] && IFS= read -r _word; do
    _want=$_word
    [ "$_word" != zeros ] || { _want=${zeros(partBytes)}; [ "$(((_at + 1) * _part))" -le "$3" ] || _want=$4; }
    _found=$(_part_sum "$_at")
    [ "\${_found%% *}" = "$_want" ] || break
    printf 'have %s %s\\n' "$1" "$_word"
    _at=$((_at + 1))
  done <"$_list"
  head -n "$_at" "$_list" >"$_list.new" && mv -T -- "$_list.new" "$_list" || exit ${keeping.notWritten}
  _there=$((_at * _part))
  [ "$_there" -le "$3" ] || _there=$3
  truncate -s "$_there" "$_file" && truncate -s "$3" "$_file" || exit ${keeping.notWritten}
}
_disks() {
${each((at, volume, bytes) => `_disk ${at} ${volume} ${bytes} ${zeros(bytes % partBytes)}`)}  echo there
}
_named() {
  case $1 in
${each((at, volume) => `${at}) _volume=${volume} ;;`)}  *) _no ${keeping.garbled} 'what came is not understood' ;;
  esac
  _file=$_partial/$_volume.raw _list=$_partial/$_volume.parts
}
_take() { head -c "$1" >"$2" && [ "$(wc -c <"$2")" -eq "$1" ] || _no ${keeping.notWritten} "$2 is not whole"; }
_count() { printf '%s\\n' "$1" >>"$_list" || exit ${keeping.notWritten}; echo kept; }
[ -d "$_folder" ] || _no ${keeping.notWritten} 'there is no such folder'
_free
[ ! -L "$_partial" ] || _no ${keeping.notWritten} "$_partial is a link"
[ -d "$_partial" ] || mkdir -- "$_partial" || exit ${keeping.notWritten}
exec 9<"$_partial" || exit ${keeping.notWritten}
flock -n 9 || _no ${keeping.busy} "somebody else adds to $_partial"
_free
if [ -e "$_partial/begun.json" ]; then
  [ "$(cat -- "$_partial/begun.json")" = "$_begun" ] || _no ${keeping.ofAnother} "$_partial was begun of other snapshots"
else
  printf '%s\\n' "$_begun" >"$_partial/.begun" && sync -- "$_partial/.begun" && mv -T -- "$_partial/.begun" "$_partial/begun.json" || exit ${keeping.notWritten}
fi
printf '\\n${keepBegins}\\n'
_disks
while IFS=' ' read -r _is _one _at _sum _bytes; do
  case $_is in
    part)
      _named "$_one"
      _take "$_bytes" "$_partial/.part"
      _found=$(sha256sum <"$_partial/.part")
      [ "\${_found%% *}" = "$_sum" ] || _no ${keeping.garbled} "part $_at of $_volume did not come as it was sent"
      dd if="$_partial/.part" of="$_file" bs="$_part" seek="$_at" conv=notrunc,nocreat status=none || exit ${keeping.notWritten}
      _count "$_sum" ;;
    zeros)
      _named "$_one"
      _count zeros ;;
    end)
      rm -f -- "$_partial/.part"
${each((_at, volume) => `  sync -- "$_partial"/${volume}.raw || exit ${keeping.notWritten}`)}      _disks
${each((at, volume) => `  _sum=$(sha256sum <"$_partial"/${volume}.raw) || exit ${keeping.notWritten}; printf 'whole ${at} %s\\n' "\${_sum%% *}"`)}      ;;
    manifest)
      _take "$_one" "$_partial/.manifest"
      sync -- "$_partial/.manifest" && mv -T -- "$_partial/.manifest" "$_partial/manifest.json" && sync -- "$_partial" || exit ${keeping.notWritten}
      _whole=
      _free
      mv -T -- "$_partial" "$_path" && sync -- "$_folder" || exit ${keeping.notWritten}
      rm -f -- "$_path/begun.json"${disks.map(({ volume }) => ` "$_path"/${quote(`${volume}.parts`)}`).join('')}
      echo kept
      exit 0 ;;
    *) _no ${keeping.garbled} 'what came is not understood' ;;
  esac
done
exit ${keeping.garbled}`;
  return { command: shell(text), stdin: undefined };
}

function zeros(bytes: number): string {
  return createHash('sha256').update(Buffer.alloc(bytes)).digest('hex');
}
