/**
 * The only place where a word becomes shell text. A POSIX shell reads `quote(word)` back as exactly `word`; a property
 * test holds this against the real `sh`. NUL cannot stand in an argument of any Unix program and is our own mistake.
 */
import type { Argv } from './command.ts';

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a NUL character cannot stand in an argument');
  if (plain.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command as one line of shell. A first word with `=` is quoted, or the shell would read an assignment. */
export function commandLine(argv: Argv): string {
  const [program, ...rest] = argv;
  const first = program.includes('=') ? `'${program.replaceAll("'", `'\\''`)}'` : quote(program);
  return [first, ...rest.map(quote)].join(' ');
}
