/**
 * Stores a batch on the node, starts it detached from the line (C6), and follows it. The same batch sent twice runs
 * once: its folder appears by one rename under the lock of the running batch, and who finds it there only follows. The
 * events are locked before that, so that no follower ever finds them free while the batch is about to start.
 */
import type { SecretRef } from './command.ts';
import { batchFolder, operationFolder, secretsFolder } from './folders.ts';
import { followText } from './follow.ts';
import { environment, inlineBytes, type Rendered, shell } from './frame.ts';
import type { Layout } from './layout.ts';
import { orphansText, troubleText } from './lock.ts';
import { quote } from './quote.ts';
import type { Batch } from './script.ts';
import { batchText, usesSecrets } from './steps.ts';

/** Follows each part of stdin: what was cut short is never run. */
const partEnds = 'sanctl part ends';

/**
 * A script that brings no secret and is short travels in the command itself, which SSH carries whole or not at all: what goes by
 * stdin waits for the word that the command has begun, a round trip more.
 */
export function batchScript(batch: Batch, secretOf: (ref: SecretRef) => string, layout: Layout): Rendered {
  const script = batchText(batch, layout);
  const secrets = batch.secrets.map(secretOf);
  if (secrets.length === 0) {
    const stored = `printf %s ${quote(script)} >"$_new/script" || _drop 'there is no room for the batch'`;
    const command = shell(launcherText(batch, stored, secrets, layout));
    if (Buffer.byteLength(command) <= inlineBytes) return { command, stdin: undefined };
  }
  const received = `_receive ${Buffer.byteLength(script)} "$_new/script"`;
  return {
    command: shell(launcherText(batch, received, secrets, layout)),
    stdin: [script, ...secrets].map((part) => `${part}${partEnds}\n`).join(''),
  };
}

/** `stored`: what puts the batch's script to its place. */
function launcherText(batch: Batch, stored: string, secrets: readonly string[], layout: Layout): string {
  const withSecrets = usesSecrets(batch);
  const receive = secrets.map((value, at) => `_receive ${Buffer.byteLength(value)} "$_hold/secret.${at + 1}"\n`);
  return `${environment(layout)}_run=${quote(layout.run)} _ops=${quote(operationFolder(batch.operation, layout))}
_dir=${quote(batchFolder(batch, layout))} _secrets=${quote(secretsFolder(batch, layout))}
_new=$_ops/.${batch.batch}.$$ _hold=$_secrets.$$
${followText}${troubleText}${orphansText}${receiveText}[ ! -e "$_dir" ] || { _watch; exit 0; }
mkdir -p -- "$_run" "$_new"${withSecrets ? ' "$_hold"' : ''} || _drop "the journal cannot be written: $_dir"
${stored}
${receive.join('')}exec </dev/null 8>>"$_run/running"
if ! flock -w 5 8 || _orphans; then
  [ ! -e "$_dir" ] || _again
  _clear
  echo 'sanctl busy'
  exit 0
fi
[ ! -e "$_dir" ] || _again
: >"$_new/events" || _drop "the journal cannot be written: $_dir"
exec 9>>"$_new/events"
flock -n 9 || _drop 'the journal cannot be locked'
${withSecrets ? `mv -T -- "$_hold" "$_secrets" || _drop 'the secrets cannot be stored'\n` : ''}mv -T -- "$_new" "$_dir" && sync -- "$_dir/script" "$_dir" "$_ops" || _drop "the journal cannot be written: $_dir"
${startText(batch, layout)}_job=$!
exec 8>&- 9>&-
_follow "$_job"
`;
}

/**
 * As a scope of systemd where there is one: a scope leaves the session of the line, keeps the locks that it inherits,
 * and lets daemons live on that its commands start (`xl create` leaves one for each domain; a service would end them).
 * Where systemd does not answer, nothing began, and a session of its own must do.
 */
function startText(batch: Batch, layout: Layout): string {
  const unit = quote(`sanctl-${batch.operation}-${batch.batch}`);
  return `{
  if [ -d ${quote(layout.systemd)} ]; then
    systemd-run --quiet --scope --collect --unit=${unit} setsid -w /bin/sh "$_dir/script" && exit 0
    [ ! -s "$_dir/events" ] || exit 0
  fi
  exec setsid -w /bin/sh "$_dir/script"
} >/dev/null 2>>"$_dir/started" &
`;
}

const receiveText = `_receive() {
  _mark=
  head -c "$1" >"$2" || _drop 'there is no room for the batch'
  IFS= read -r _mark
  [ "$_mark" = ${quote(partEnds)} ] || _drop 'the batch did not arrive whole'
}
_clear() { rm -rf -- "$_new" "$_hold"; }
_drop() { _clear; _trouble "$1"; }
_again() { exec 8>&-; _clear; _watch; exit 0; }
`;
