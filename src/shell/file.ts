/** Replaces and removes files as C8 asks: old or new, never half; never over what the plan did not see. */
import { basename, dirname, join } from 'node:path/posix';
import type { Content, RemoveFile, SecretRef, WriteFile } from './command.ts';
import { commandLine, quote } from './quote.ts';

/** In the same folder, so that the rename is one; hidden, so that no program that reads the folder takes it for a file of its own. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.sanctl-new`);
}

/** The real tool's check of a new file before it takes its name. */
export function checkLine(check: readonly [string, ...string[]], path: string): string {
  const [program, ...rest] = check;
  return commandLine([program, ...rest.map((word) => (word === '{}' ? temporaryPath(path) : word))]);
}

/** `secretFile` is where the node holds a secret while the batch runs. */
export function writeText(action: number, file: WriteFile, secretFile: (ref: SecretRef) => string): string {
  const check = file.check === undefined ? '_check() { :; }' : `_check() {\n${checkLine(file.check, file.path)}\n}`;
  return `_content() {
${contentText(file.content, secretFile)}
}
${check}
_write ${action} ${quote(file.mode)} ${file.before ?? 'absent'} ${pathWords(file.path)} ${quote(temporaryPath(file.path))}
`;
}

export function removeText(action: number, file: RemoveFile): string {
  return `_remove ${action} ${file.before} ${pathWords(file.path)}\n`;
}

function pathWords(path: string): string {
  if (!path.startsWith('/')) throw new Error(`not an absolute path: ${path}`);
  return `${quote(path)} ${quote(dirname(path))}`;
}

/** Fails when any part does: a secret that cannot be read must not leave a file without it. */
function contentText(content: Content, secretFile: (ref: SecretRef) => string): string {
  const parts = content.map((part) =>
    typeof part === 'string' ? `printf %s ${quote(part)}` : `cat ${secretFile(part)}`,
  );
  return parts.length === 0 ? ':' : parts.join(' &&\n');
}

/**
 * `_same BEFORE PATH`: the file still has that sha256, or is still absent. A dangling link is not absent.
 * `_write` renames only right after that; on a difference the new file goes and the old stays as it is.
 * Exit status 3 stands for the difference, as on the command line.
 */
export const fileText = `_same() {
  if [ "$1" = absent ]; then [ ! -e "$2" ] && [ ! -L "$2" ]; return; fi
  [ -f "$2" ] && [ ! -L "$2" ] && _hash "$2" && [ "$_sum" = "$1" ]
}
_hash() { _sum=$(sha256sum <"$1") && _sum=\${_sum%% *} && [ -n "$_sum" ]; }
_write() {
  rm -f -- "$6" && (set -C && : >"$6") && chmod -- "$2" "$6" && chown -- 0:0 "$6" && _content >"$6" && sync -- "$6" ||
    _unwritten "$1" 1 "$6" "the new $4 could not be written"
  _check >>"$_out/out" 2>>"$_out/err" 8>&- 9>&- || _unwritten "$1" "$?" "$6" "the new $4 was refused by its check"
  _hash "$6" && _new=$_sum || _unwritten "$1" 1 "$6" "the new $4 could not be read back"
  _same "$3" "$4" || _differs "$1" "$4" "$6"
  mv -T -- "$6" "$4" && sync -- "$5" && printf '%s  %s\\n' "$_new" "$4" >>"$_files" && sync -- "$_files" ||
    _fail "$1" 1 "$4 could not be replaced"
}
_remove() {
  _same "$2" "$3" || _differs "$1" "$3"
  rm -- "$3" && sync -- "$4" || _fail "$1" 1 "$3 could not be removed"
}
_unwritten() { rm -f -- "$3"; _fail "$1" "$2" "$4"; }
_differs() {
  [ -z "\${3-}" ] || rm -f -- "$3"
  [ "$1" -gt 0 ] || _refuse "$_guards" "$2 is not what it was when the plan was made"
  _fail "$1" 3 "$2 is not what it was when the plan was made"
}
`;
