/**
 * How a batch fills a block device from what the controller sends (feed.ts). The parts wait in a spool on tmpfs; the batch
 * alone writes them, with O_DIRECT, and remembers on disk how far it is after each one is flushed. In the end all is read
 * back and must have the hash of what was sent.
 */
import type { Fill } from './command.ts';
import { batchWord } from './folders.ts';
import { plainWord } from './frame.ts';
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';
import type { Batch, Feed } from './script.ts';

/** An image is cut into so many bytes, the last part aside; what is zero over a whole part is not sent. */
export const partBytes = 4 * 2 ** 20;

/** Seconds for which a fill waits for its controller: a lost line is found and opened again in less. */
const idleSeconds = 300;

/** Everything before the number of the step. */
function spools({ operation, batch }: Pick<Feed, 'operation' | 'batch'>, layout: Layout): string {
  return `${layout.run}/fill/${plainWord(operation)}.${batchWord(batch)}`;
}

/** Where the parts for a step wait. */
export function spoolOf(feed: Omit<Feed, 'do'>, layout: Layout): string {
  return `${spools(feed, layout)}.${batchWord(feed.step)}`;
}

/** How far the fill of a slice is: `UUID SHA256 BYTES PART write|leave`. */
export function recordOf(slice: string, layout: Layout): string {
  return `${layout.state}/fill/${slice}`;
}

export function fillText(at: number, { device, slice, image, bytes, zeros }: Fill): string {
  return `_fill ${at} ${quote(device)} ${quote(slice)} ${quote(image.sha256)} ${bytes} ${zeros}\n`;
}

/** A record counts only for the same volume and the same image; without one, all of it is written. */
export function fillRuntime(batch: Batch, layout: Layout): string {
  return `_records=${quote(`${layout.state}/fill`)} _spools=${quote(spools(batch, layout))} _part=${partBytes}
_fill() {
  _action=$1 _device=$2 _slice=$3 _bytes=$5 _zeros=$6 _at=0 _text='' _next=0
  _record=$_records/$_slice _spool=$_spools.$_step _parts=$((($5 + _part - 1) / _part))
  _uuid=$(lvs --noheadings -o lv_uuid "$_slice" 2>>"$_out/err" 8>&- 9>&-) && _uuid=\${_uuid##* } && [ -n "$_uuid" ] ||
    _fail "$1" 1 "$_slice cannot be read"
  [ -b "$_device" ] || _fail "$1" 1 "$_device is not there"
  _mark="$_uuid $4 $5"
  _had=
  read -r _had 2>/dev/null <"$_record"
  case $_had in
    "$_mark "[0-9]*' write' | "$_mark "[0-9]*' leave') _zeros=\${_had##* } _at=\${_had#"$_mark "} _at=\${_at% *} ;;
  esac
  rm -rf -- "$_spool" && mkdir -p -- "$_spool" "\${_record%/*}" && _remember || _spill 1 "$_record cannot be written"
  _now && _heard=$_now _told=0 || _spill 1 'the uptime of this node cannot be read'
  while [ "$_at" -lt "$_parts" ] || [ ! -e "$_spool/end" ]; do
    if [ -e "$_stop" ]; then rm -rf -- "$_spool"; _halt stop; fi
    _now && _tell || _spill 1 'the uptime of this node cannot be read'
    if [ -e "$_spool/stop" ]; then _spill 1 "$(cat "$_spool/stop")"; fi
    if [ -e "$_spool/part.$_at" ]; then
      _put dd if="$_spool/part.$_at" of="$_device" bs="$_part" seek="$_at" oflag=direct conv=notrunc,nocreat,fsync status=none
      _at=$((_at + 1))
    elif [ -e "$_spool/zeros.$_at" ] && read -r _end <"$_spool/zeros.$_at"; then
      _from=$((_at * _part)) _to=$((_end * _part))
      [ "$_to" -le "$_bytes" ] || _to=$_bytes
      [ "$_zeros" = leave ] || _put blkdiscard --zeroout --offset "$_from" --length "$((_to - _from))" "$_device"
      _at=$_end
    else
      [ "$((_now - _heard))" -lt ${idleSeconds} ] || _spill 124 'nothing came from the machine that has the image for ${idleSeconds} s'
      _clean
      sleep 0.2
      continue
    fi
    _heard=$_now
    _remember || _spill 1 "$_record cannot be written"
    _clean
  done
  _encode 'all is written; reading it back'
  _say waiting "$_step" "$_action" "$_word"
  read -r _want <"$_spool/end"
  sync -- "$_device"
  _sum=$(dd if="$_device" bs="$_part" iflag=direct status=none 2>>"$_out/err" 8>&- 9>&- | head -c "$_bytes" | sha256sum)
  [ "\${_sum%% *}" = "$_want" ] && [ -n "$_want" ] || { rm -f -- "$_record"; _spill 1 "what was read back from $_device is not what was sent; the next time all of it is written anew"; }
  rm -rf -- "$_spool"
}
_put() {
  "$@" </dev/null >>"$_out/out" 2>>"$_out/err" 8>&- 9>&- || _spill "$?"
}
_remember() {
  mkdir -p -- "\${_record%/*}" && printf '%s %s %s\\n' "$_mark" "$_at" "$_zeros" >"$_record.new" && sync -- "$_record.new" && mv -T -- "$_record.new" "$_record" &&
    printf '%s\\n' "$_at" >"$_spool/.at" && mv -T -- "$_spool/.at" "$_spool/at"
}
_clean() {
  for _old in "$_spool"/part.* "$_spool"/zeros.*; do
    [ "\${_old##*.}" = '*' ] || [ "\${_old##*.}" -ge "$_at" ] || rm -f -- "$_old"
  done
}
_tell() {
  [ "$_now" -ge "$_next" ] || return 0
  _next=$((_now + 2)) _said="$((_at * (_part / 1048576))) of $(((_bytes + 1048575) / 1048576)) MiB"
  [ "$_said" != "$_text" ] || [ "$((_now - _told))" -ge 15 ] || return 0
  _text=$_said _told=$_now
  _encode "$_text"
  _say waiting "$_step" "$_action" "$_word"
}
_spill() { rm -rf -- "$_spool"; _fail "$_action" "$@"; }
`;
}
