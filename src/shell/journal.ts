/** Prints what ran on a node; it writes nothing. The reading of it: journal-answer.ts. */

import { operationFolder } from './folders.ts';
import { plainWord } from './frame.ts';
import type { Layout } from './layout.ts';
import { lockText } from './lock.ts';
import { quote } from './quote.ts';
import type { ReadJournal } from './script.ts';

/**
 * The lock first, then operations newest first (their names begin with their time), each with its batches. Progress of
 * waits is left out. A batch that runs has neither `ended` nor `gone`.
 */
export function journalText(journal: ReadJournal, layout: Layout): string {
  const which =
    journal.operation === undefined
      ? `ls -1r 2>/dev/null | head -n ${Math.max(1, Math.floor(journal.limit))}`
      : `ls -1d ${plainWord(journal.operation)} 2>/dev/null`;
  return `${lockText(layout)}_read_lock
if [ -n "$_held" ]; then
  _still=no
  if [ -e "$_run/running" ]; then
    exec 8<"$_run/running"
    if ! flock -sn 8 || _orphans; then _still=yes; fi
    exec 8<&-
  fi
  echo "sanctl lock $((_until - _now)) $((_now - _since)) $_still $_held $_who"
fi
_print() {
  _last=
  while IFS= read -r _line; do
    _last=$_line
    case $_line in 'sanctl waiting '*) ;; 'sanctl '*) printf '%s\\n' "$_line" ;; esac
  done <"$1/events"
  [ "$_last" = 'sanctl ended' ] || ! flock -sn "$1/events" true || printf '\\nsanctl gone\\n'
}
cd ${quote(operationsFolder(layout))} 2>/dev/null || exit 0
# shellcheck disable=SC2012 # these names are plain words
${which} | while IFS= read -r _operation; do
  [ -e "$_operation/operation.json" ] && IFS= read -r _line <"$_operation/operation.json" || continue
  printf 'sanctl operation %s\\n' "$_line"
  _batch=1
  while [ -e "$_operation/$_batch/events" ]; do
    { read -r _line && IFS= read -r _line; } <"$_operation/$_batch/script"
    printf 'sanctl batch %s %s\\n' "$_batch" "\${_line#'#: '}"
    _print "$_operation/$_batch"
    _batch=$((_batch + 1))
  done
done
`;
}

function operationsFolder(layout: Layout): string {
  return operationFolder('any', layout).replace(/\/any$/, '');
}
