/**
 * xl.cfg(5) as text: `name = value`, a value being a text, a number or a list. Less than xl understands (no `+=`, no list
 * in a list): what cannot be read is refused, never skipped. Pure.
 */

export type Value = string | readonly string[];

/** Texts as they stand between their quotes. Undefined: it is none of the shapes that we know. */
export function parseSettings(text: string): readonly (readonly [name: string, value: Value])[] | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const settings: (readonly [string, Value])[] = [];
  let at = 0;
  while (at < tokens.length) {
    if (isEnd(tokens[at])) {
      at += 1;
      continue;
    }
    const [name, equals] = [tokens[at], tokens[at + 1]];
    if (name?.is !== 'name' || equals?.text !== '=') return undefined;
    const read = tokens[at + 2]?.text === '[' ? list(tokens, at + 3) : atom(tokens, at + 2);
    if (read === undefined || !(read.next === tokens.length || isEnd(tokens[read.next]))) return undefined;
    settings.push([name.text, read.value]);
    at = read.next;
  }
  return settings;
}

interface Token {
  readonly is: 'text' | 'number' | 'name' | 'sign';
  readonly text: string;
}

interface Read {
  readonly value: Value;
  readonly next: number;
}

const shapes: readonly (readonly [Token['is'] | 'space', RegExp])[] = [
  ['space', /[ \t]+|#[^\n]*/y],
  ['text', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y],
  ['number', /0x[0-9a-fA-F]+|\d+/y],
  ['name', /[a-zA-Z_][a-zA-Z0-9_]*/y],
  ['sign', /[=[\],;\n]/y],
];

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const found = tokenAt(text, at);
    if (found === undefined) return undefined;
    const [is, said] = found;
    if (is !== 'space') tokens.push({ is, text: is === 'text' ? said.slice(1, -1) : said });
    at += said.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): readonly [Token['is'] | 'space', string] | undefined {
  for (const [is, shape] of shapes) {
    shape.lastIndex = at;
    const said = shape.exec(text)?.[0];
    if (said !== undefined) return [is, said];
  }
  return undefined;
}

function isEnd(token: Token | undefined): boolean {
  return token?.is === 'sign' && (token.text === '\n' || token.text === ';');
}

function atom(tokens: readonly Token[], at: number): Read | undefined {
  const token = tokens[at];
  return token?.is === 'text' || token?.is === 'number' ? { value: token.text, next: at + 1 } : undefined;
}

/** What stands after `[`. Lines may end anywhere in it, and a comma may stand after the last one. */
function list(tokens: readonly Token[], from: number): Read | undefined {
  const value: string[] = [];
  let separated = true;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.is === 'sign') {
      if (token.text === ']') return { value, next: at + 1 };
      if (token.text === '\n') continue;
      if (token.text !== ',' || separated) return undefined;
      separated = true;
    } else {
      if (token === undefined || token.is === 'name' || !separated) return undefined;
      value.push(token.text);
      separated = false;
    }
  }
  return undefined;
}
