/** The frame of every shell text: environment first, and one way to send it whole or not at all. */
import type { Layout } from './layout.ts';
import { quote } from './quote.ts';

/** What goes over the line: one string for the login shell, and the bytes of its stdin (none: /dev/null). */
export interface Rendered {
  readonly command: string;
  readonly stdin: string | undefined;
}

/** Linux takes no single argument above 128 KiB (MAX_ARG_STRLEN, execve(2)); what is larger goes by stdin. */
export const inlineBytes = 100_000;
const lastLine = '# end of script';

/** Locale and zone that the parsers rely on (T5), and files that only root reads. */
export function environment(layout: Layout): string {
  return `export PATH=${quote(layout.path)} LC_ALL=C LANG=C TZ=UTC
umask 077
`;
}

/** A script without stdin of its own: all its commands read /dev/null (C10). */
export function framed(body: string, layout: Layout): Rendered {
  const script = `${environment(layout)}exec </dev/null\n${body}`;
  const command = shell(script);
  if (Buffer.byteLength(command) <= inlineBytes) return { command, stdin: undefined };
  // Read to the end before any of it runs: a cut line must not run half a script.
  const reader = `s=$(cat) && case $s in *${quote(lastLine)}) eval "$s" ;; *) exit 74 ;; esac`;
  return { command: shell(reader), stdin: `${script}\n${lastLine}\n` };
}

/** A command for the login shell of any user, whichever shell that is. */
export function shell(script: string): string {
  return `/bin/sh -c ${quote(script)}`;
}

/** Our own names (operation, nonce, boundary) stand in paths and lines: anything else is our own mistake. */
export function plainWord(word: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(word)) throw new Error(`not a plain word: ${JSON.stringify(word)}`);
  return word;
}

/** Free text as one word of a line; `-` is the empty text. The inverse is `fromWord`. */
export function toWord(text: string): string {
  return text === '' ? '-' : Buffer.from(text, 'utf8').toString('base64');
}

export function fromWord(word: string | undefined): string {
  return word === undefined || word === '-' ? '' : Buffer.from(word, 'base64').toString('utf8');
}
