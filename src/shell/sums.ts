/**
 * Reads a backup that a node keeps, and says the checksum of each part and of each disk (docs/protocol.md): so that no byte of it has to
 * come over the line to be compared. Writes nothing.
 */
import { partBytes } from './fill.ts';
import { quote } from './quote.ts';
import type { Sums } from './script.ts';

/** Stands before the first answer. */
export const sumsBegin = 'sanctl sums';

/** Its manifest is one line, as sanctl writes it. */
export function sumsText({ path, disks }: Sums): string {
  const each = disks.map(({ volume, bytes }, at) => `_disk ${at} ${quote(`${volume}.raw`)} ${bytes}\n`).join('');
  return `_path=${quote(path)} _part=${partBytes}
_no() { printf '%s\\n' "$1" >&2; exit 1; }
_disk() {
  _file=$_path/$2 _at=0
  { [ -f "$_file" ] && [ ! -L "$_file" ]; } || _no "$2 is not there, or no file"
  _size=$(wc -c <"$_file") || exit 1
  printf 'size %s %s\\n' "$1" "$_size"
  while [ "$((_at * _part))" -lt "$3" ]; do
    _sum=$(dd if="$_file" bs="$_part" skip="$_at" count=1 status=none | sha256sum) || exit 1
    printf 'part %s %s\\n' "$1" "\${_sum%% *}"
    _at=$((_at + 1))
  done
  _sum=$(sha256sum <"$_file") || exit 1
  printf 'whole %s %s\\n' "$1" "\${_sum%% *}"
}
[ -d "$_path" ] || _no 'there is no such folder'
{ [ -f "$_path/manifest.json" ] && [ ! -L "$_path/manifest.json" ]; } || _no 'it has no manifest.json, so that it is no backup, or not whole'
printf '\\n${sumsBegin}\\nmanifest '
cat -- "$_path/manifest.json" || exit 1
${each}echo end
`;
}
