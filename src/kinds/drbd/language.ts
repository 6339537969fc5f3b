/** DRBD's configuration language, as `drbdadm dump` and `drbdsetup show` print it: words, blocks, `;` and comments. */

export interface Section {
  /** The words before the brace: `['on', 'alpha']`. */
  readonly name: readonly string[];
  /** Statements: `['disk', '/dev/vg0/web-root']`. */
  readonly statements: readonly (readonly string[])[];
  readonly sections: readonly Section[];
}

type Token = { readonly mark: '{' | '}' | ';' } | { readonly word: string };

/** The whole text as one nameless section; undefined when it is not whole and well formed. */
export function parseSections(text: string): Section | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const top: Open = { name: [], statements: [], sections: [] };
  const open: Open[] = [top];
  let words: string[] = [];
  for (const token of tokens) {
    const inner = open.at(-1);
    if (inner === undefined) return undefined;
    if ('word' in token) words.push(token.word);
    else if (token.mark === ';') {
      if (words.length > 0) inner.statements.push(words);
      words = [];
    } else if (token.mark === '{') {
      const section: Open = { name: words, statements: [], sections: [] };
      inner.sections.push(section);
      open.push(section);
      words = [];
    } else {
      if (words.length > 0) return undefined;
      open.pop();
    }
  }
  return open.length === 1 && words.length === 0 ? top : undefined;
}

interface Open extends Section {
  readonly statements: (readonly string[])[];
  readonly sections: Section[];
}

const lexer = /\s+|#[^\n]*|"((?:[^"\\\n]|\\.)*)"|([{};])|([^\s"{};#]+)/y;

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  lexer.lastIndex = 0;
  while (lexer.lastIndex < text.length) {
    const match = lexer.exec(text);
    if (match === null) return undefined;
    const [, quoted, mark, word] = match;
    if (mark === '{' || mark === '}' || mark === ';') tokens.push({ mark });
    else if (quoted !== undefined) tokens.push({ word: quoted.replace(/\\(.)/g, '$1') });
    else if (word !== undefined) tokens.push({ word });
  }
  return tokens;
}

/** The sections of this kind, by their second word: `on alpha` under `alpha`. */
export function named(section: Section, kind: string): readonly (readonly [string, Section])[] {
  return section.sections.flatMap((one) => {
    const [first, second] = one.name;
    return first === kind && second !== undefined ? [[second, one] as const] : [];
  });
}

/** The words after the keyword of the first such statement. */
export function statement(section: Section, keyword: string): readonly string[] | undefined {
  return section.statements.find(([first]) => first === keyword)?.slice(1);
}
