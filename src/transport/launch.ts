/**
 * From a rendered script to the one line that SSH's exec carries and to what then goes to its stdin. Pure.
 *
 * The line is read by the user's login shell, which may be any; so it is one line without characters that shells
 * understand differently inside single quotes (csh: newline and `!`; fish: backslash), and the script travels in base64.
 * A script too long for one argument (128 KiB in Linux, execve(2)) goes by stdin, counted, so that half of one never runs.
 */
import { quote } from '../shell/quote.ts';
import type { Rendered } from '../shell/render.ts';

export interface Sudo {
  /** Random. Its prompt and its sign that the script began are told from all other output by it. */
  readonly nonce: string;
  /** Without one sudo must not ask. */
  readonly password?: string;
}

export interface Launch {
  readonly line: string;
  readonly stdin: string | undefined;
  /** Wait for these on stderr (safety.md 4.2); without sudo there is nothing to wait for. */
  readonly cues?: { readonly prompt: string; readonly began: string; readonly password?: string };
}

/** Characters of base64: the login shell's argument, with what stands around it, stays well below 128 KiB. */
const longestInline = 96 * 1024;

export function launch(rendered: Rendered, sudo?: Sudo): Launch {
  const script = rendered.command;
  const inline = Buffer.from(script, 'utf8').toString('base64');
  if (script.includes('\0') || script.endsWith('\n')) throw new Error('a command holds NUL or ends with a newline');
  const byStdin = inline.length > longestInline;
  const text = byStdin ? fromStdin(Buffer.byteLength(script)) : fromBase64(inline);
  const stdin = byStdin ? script + (rendered.stdin ?? '') : rendered.stdin;
  if (sudo === undefined) return { line: `exec /bin/sh -c ${quote(text)}`, stdin };
  const prompt = `[sanctl ${sudo.nonce} password]`;
  const began = `[sanctl ${sudo.nonce} began]`;
  const mode = sudo.password === undefined ? '-n' : `-k -S -p ${quote(prompt)}`;
  const line = `exec sudo ${mode} -- /bin/sh -c ${quote(`printf "%s\\n" "${began}" >&2; ${text}`)}`;
  return { line, stdin, cues: { prompt, began, ...(sudo.password === undefined ? {} : { password: sudo.password }) } };
}

/**
 * `exec`: the command is one program with its arguments, and its signal must reach us as a signal, not as 128 and
 * something of a shell in between (H5). A node without base64 answers 127, not the 0 of an empty script.
 */
function fromBase64(encoded: string): string {
  return `sanctl_script=$(printf %s ${encoded} | base64 -d) && eval "exec $sanctl_script"`;
}

/** `head -c` reads exactly so many bytes; the rest of stdin stays for the script. */
function fromStdin(bytes: number): string {
  return `sanctl_script=$(head -c ${bytes}) && test "$(printf %s "$sanctl_script" | wc -c)" -eq ${bytes} && eval "exec $sanctl_script"`;
}
