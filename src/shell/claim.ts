/** Scripts about the lock: claim, renew, release, stop. Their answers: answers.ts. */
import { operationFolder } from './folders.ts';
import { plainWord } from './frame.ts';
import type { Layout } from './layout.ts';
import { holderWords, leaseWord, lockText } from './lock.ts';
import { observeText } from './observe.ts';
import { quote } from './quote.ts';
import type { Claim, Holder, Release, Renew, Stop } from './script.ts';

/**
 * Takes the lock when it is free, already ours (the answer to the first try was lost), or its lease ran out *and*
 * nothing of it runs any more. While it looks and writes it holds /run/sanctl/running, so that no batch of the former
 * holder slips in between. Then it observes, in the same round trip and under the lock (C4).
 */
export function claimText({ holder, observe }: Claim, layout: Layout): string {
  return `${lockText(layout)}_nonce=${plainWord(holder.nonce)} _lease=${leaseWord(holder.leaseSeconds)} _me=${quote(holderWords(holder))}
_operation=${quote(operationFolder(holder.operation, layout))}
mkdir -p -- "$_run" || _trouble "the lock cannot be written: $_run"
_mutex
_read_lock
_took=
if [ -n "$_held" ] && [ "$_held" != "$_nonce" ]; then
  _still=no
  ! _runs || _still=yes
  if [ "$_now" -lt "$_until" ] || [ "$_still" = yes ]; then
    printf 'sanctl held %s %s %s %s %s\\n' "$((_until - _now))" "$((_now - _since))" "$_still" "$_held" "$_who"
    exit 0
  fi
  _took=" $_held $_who"
  rm -rf -- "$_run/secrets"
fi
[ "$_held" = "$_nonce" ] || _since=$_now
mkdir -p -- "$_operation" &&
  printf '{"began":"%s",%s\\n' "$(date +%FT%TZ)" ${quote(headerRest(holder))} >"$_operation/operation.json" &&
  sync -- "$_operation/operation.json" "$_operation" || _trouble "the journal cannot be written: $_operation"
_write_lock "$_nonce" "$((_now + _lease))" "$_since" "$_me" || _trouble "the lock cannot be written: $_run"
exec 7>&- 8>&-
printf 'sanctl claimed%s\\n' "$_took"
${observeText(observe)}`;
}

/** The rest of the one JSON line of the journal's header; the node's own date stands before it. */
function headerRest({ operation, owner, host, pid, title }: Holder): string {
  return JSON.stringify({ operation, owner, host, pid, title }).slice(1);
}

/** Also after the lease ran out, as long as nobody took the node over. */
export function renewText({ nonce, leaseSeconds }: Renew, layout: Layout): string {
  return `${lockText(layout)}[ -d "$_run" ] || { echo 'sanctl lost'; exit 0; }
_mutex
_read_lock
[ "$_held" = ${plainWord(nonce)} ] || { echo 'sanctl lost'; exit 0; }
_write_lock "$_held" "$((_now + ${leaseWord(leaseSeconds)}))" "$_since" "$_who" || _trouble "the lock cannot be written: $_run"
echo 'sanctl renewed'
`;
}

/**
 * Gives the lock back, by its nonce and only when nothing of it runs: so it serves the operator's `unlock` as well (C7).
 */
export function releaseText({ nonce }: Release, layout: Layout): string {
  return `${lockText(layout)}[ -d "$_run" ] || { echo 'sanctl other'; exit 0; }
_mutex
_read_lock
[ "$_held" = ${plainWord(nonce)} ] || { echo 'sanctl other'; exit 0; }
! _runs || { echo 'sanctl running'; exit 0; }
rm -rf -- "$_run/secrets" "$_run/stop-\${_who%% *}" && rm -- "$_lock" || _trouble 'the lock cannot be removed'
echo 'sanctl released'
`;
}

/** In /run, so that a full disk cannot keep an operator from stopping. */
export function stopText({ operation }: Stop, layout: Layout): string {
  return `mkdir -p -- ${quote(layout.run)} && : >${quote(`${layout.run}/stop-${plainWord(operation)}`)} && echo 'sanctl stopping'
`;
}
