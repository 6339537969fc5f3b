/** Reads a command's options strictly: what the model does not know, it does not answer. */
import { UnknownCommand } from './answer.ts';

export interface Arguments {
  /** Values of an option, in order; a flag's value is ''. */
  all(name: string): readonly string[];
  one(name: string): string | undefined;
  has(name: string): boolean;
  readonly rest: readonly string[];
}

/**
 * `flags` take no value, `valued` take the next word (or what stands after `=`). Any other option throws, and so
 * does a command that a real machine never saw.
 */
export function readArguments(argv: readonly string[], flags: readonly string[], valued: readonly string[]): Arguments {
  const found: [string, string][] = [];
  const rest: string[] = [];
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [name = '', value] = word.startsWith('--') ? splitOnce(word) : [word];
    if (word === '--') {
      rest.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') rest.push(word);
    else if (flags.includes(word)) found.push([word, '']);
    else if (valued.includes(name)) found.push([name, value ?? argv[++at] ?? '']);
    else throw new UnknownCommand(`${argv.join(' ')}: the model does not know ${word}`);
  }
  const all = (name: string): readonly string[] => found.filter(([is]) => is === name).map(([, value]) => value);
  return { all, one: (name) => all(name).at(-1), has: (name) => all(name).length > 0, rest };
}

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** A size as sanctl says it: `1073741824b`. */
export function bytesOf(text: string | undefined, argv: readonly string[]): number {
  const match = /^(\d+)[bB]$/.exec(text ?? '');
  if (match === null) throw new UnknownCommand(`${argv.join(' ')}: no size in bytes: ${text}`);
  return Number(match[1]);
}
