/**
 * What the controller says to a fill that runs (fill.ts), over a line of its own. The node begins with `sanctl at PART`, or
 * `sanctl closed` when no fill waits there; then come frames: `part N BYTES` and the bytes; `zeros N END`; `end SHA256` once
 * all is said; `stop WHY` when it cannot go on. Cut off anywhere, what came whole is kept; another feed begins anew.
 */
import { spoolOf } from './fill.ts';
import { environment, type Rendered, shell } from './frame.ts';
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';
import type { Feed } from './script.ts';

export type Frame =
  | { readonly is: 'part'; readonly at: number; readonly data: Uint8Array }
  | { readonly is: 'zeros'; readonly at: number; readonly end: number }
  | { readonly is: 'end'; readonly sha256: string }
  | { readonly is: 'stop'; readonly why: string };

/** The line of a frame; the bytes of a part follow it. */
export function frameHead(frame: Frame): string {
  switch (frame.is) {
    case 'part':
      return `part ${frame.at} ${frame.data.length}\n`;
    case 'zeros':
      return `zeros ${frame.at} ${frame.end}\n`;
    case 'end':
      return `end ${frame.sha256}\n`;
    case 'stop':
      return `stop ${frame.why.replace(/\s+/g, ' ')}\n`;
  }
}

/** Which part the fill waits for; `closed`: no fill waits there. Undefined: not an answer. */
export function parseFeedAnswer(line: string): number | 'closed' | undefined {
  const [mark, is, at = '', ...rest] = line.trimEnd().split(' ');
  if (mark !== 'sanctl' || rest.length > 0) return undefined;
  if (is === 'closed' && at === '') return 'closed';
  return is === 'at' && /^\d+$/.test(at) ? Number(at) : undefined;
}

/** Parts that wait on tmpfs at the same time: dom0 may be small. */
const waitingParts = 4;

/** A part appears under its name by a rename, once it is whole; several feeds may run, of a line that is half lost. */
export function feedScript(feed: Feed, layout: Layout): Rendered {
  const text = `${environment(layout)}_spool=${quote(spoolOf(feed, layout))}
read -r _at 2>/dev/null <"$_spool/at" || { echo 'sanctl closed'; exit 0; }
printf 'sanctl at %s\\n' "$_at"
_new=$_spool/.new.$$
_room() {
  while set -- "$_spool"/part.* && [ "$#" -ge ${waitingParts} ]; do sleep 0.1; done
}
_keep() { mv -T -- "$_new" "$_spool/$1"; }
while IFS=' ' read -r _is _word _rest; do
  case $_is in
    part)
      _room
      head -c "$_rest" >"$_new" && [ "$(wc -c <"$_new")" -eq "$_rest" ] && _keep "part.$_word" || break ;;
    zeros) printf '%s\\n' "$_rest" >"$_new" && _keep "zeros.$_word" || break ;;
    end) printf '%s\\n' "$_word" >"$_new" && _keep end || break ;;
    stop) printf '%s\\n' "$_word $_rest" >"$_new" && _keep stop || break ;;
    *) break ;;
  esac
done 2>/dev/null
rm -f -- "$_new"`;
  return { command: shell(text), stdin: undefined };
}
