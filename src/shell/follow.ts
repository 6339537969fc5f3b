/** Events of a batch from the first one to its end, whoever started it and however often they were read. */
import { batchFolder } from './folders.ts';
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';
import type { Follow } from './script.ts';

/**
 * `_follow PID` streams the events until that process ends. `_watch` makes itself such a process: one that waits for
 * the lock which the batch holds on its events as long as it lives; so no number of a process is trusted later.
 * The line before `gone` may be half written.
 */
export const followText = `_follow() {
  tail -n +1 -f -s 0.1 --pid="$1" -- "$_dir/events"
  _last=
  while IFS= read -r _line; do _last=$_line; done <"$_dir/events"
  [ "$_last" = 'sanctl ended' ] || printf '\\nsanctl gone\\n'
}
_watch() {
  flock -s "$_dir/events" true &
  _follow "$!"
}
`;

/** A batch that never arrived is gone without having begun. */
export function followScript(follow: Follow, layout: Layout): string {
  return `_dir=${quote(batchFolder(follow, layout))}
[ -e "$_dir/events" ] || { echo 'sanctl gone'; exit 0; }
${followText}_watch
`;
}
