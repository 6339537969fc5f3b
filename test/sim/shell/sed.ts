/** `sed` with substitutions over stdin: how the kinds take secrets out of an answer. */
import { type Answer, silent } from '../machine/answer.ts';

/** Undefined when it is some other sed. */
export function sed(words: readonly string[], stdin: string): Answer | undefined {
  const picked = words[0] === '-n' && words.length === 2 ? /^\/([^/]*)\/p$/.exec(words[1] ?? '')?.[1] : undefined;
  if (picked !== undefined)
    return lines(stdin, (line) => (new RegExp(fromPosix(fromBasic(picked))).test(line) ? [line] : []));
  const extended = words.includes('-E');
  const rest = words.filter((word) => word !== '-E');
  const given = rest.length === 1 ? rest : rest.filter((_word, at) => at % 2 === 1);
  if (rest.length > 1 && rest.some((word, at) => at % 2 === 0 && word !== '-e')) return undefined;
  const edits = given.map((script) => parseEdit(script, extended));
  if (edits.length === 0 || edits.includes(undefined)) return undefined;
  return lines(stdin, (line) => [
    edits.reduce((text, edit) => (edit === undefined ? text : text.replace(edit.find, edit.put)), line),
  ]);
}

function lines(stdin: string, each: (line: string) => readonly string[]): Answer {
  const out = stdin === '' ? [] : stdin.replace(/\n$/, '').split('\n').flatMap(each);
  return { ...silent, stdout: out.map((line) => `${line}\n`).join('') };
}

interface Edit {
  readonly find: RegExp;
  readonly put: string;
}

function parseEdit(script: string, extended: boolean): Edit | undefined {
  const match = /^s\/((?:[^/\\]|\\.)*)\/((?:[^/\\]|\\.)*)\/([Ig]*)$/.exec(script);
  if (match === null) return undefined;
  const [, find = '', put = '', flags = ''] = match;
  const pattern = extended ? find : fromBasic(find);
  const replacement = put.replace(/\$/g, '$$$$').replace(/\\(\d)/g, '$$$1');
  return { find: new RegExp(fromPosix(pattern), flags.toLowerCase()), put: replacement };
}

/** Where a basic expression has `\(` an extended one has `(`, and the other way round. */
function fromBasic(pattern: string): string {
  return pattern.replace(/\\?[(){}+?|]/g, (sign) => (sign.length === 2 ? sign.slice(1) : `\\${sign}`));
}

/** In a bracket of a POSIX expression a backslash is itself. */
function fromPosix(pattern: string): string {
  return pattern.replace(/\[\^?\]?(?:\[:[a-z]+:\]|[^\]])*\]/g, (bracket) =>
    bracket.replace(/\\/g, '\\\\').replaceAll('[:space:]', '\\s'),
  );
}
