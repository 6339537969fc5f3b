/** Shell text to its syntax. Throws an Error for what the simulated shell does not know. */
import type { Command, Part, Pipeline, Redirect, Script, Word } from './syntax.ts';

const closers = new Set(['fi', 'esac', 'done', '}', 'then', 'else', 'elif', 'do', ';;', ')']);

export function parseScript(text: string): Script {
  const parser = new Parser(text);
  const script = parser.script();
  if (parser.rest.trim() !== '')
    throw new Error(`what stands at ${JSON.stringify(parser.rest.slice(0, 40))} is not known`);
  return script;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get rest(): string {
    return this.#text.slice(this.#at);
  }

  script(): Script {
    const out: Script[number][] = [];
    for (;;) {
      this.#skip(/(?:\s|;(?!;)|#[^\n]*)*/y);
      if (this.rest.trim() === '' || closers.has(this.peek())) return out;
      out.push(this.#andOr());
    }
  }

  /** The next word or operator, not taken. */
  peek(): string {
    const match = /[ \t]*(;;|\)|\}|[^\s;&|(){}<>"'$]*)/y;
    match.lastIndex = this.#at;
    return match.exec(this.#text)?.[1] ?? '';
  }

  #andOr(): Script[number] {
    const list: { after: '&&' | '||' | ';'; pipeline: Pipeline }[] = [{ after: ';', pipeline: this.#pipeline() }];
    for (;;) {
      const operator = this.#take(/[ \t]*(&&|\|\|)\s*/y);
      if (operator === undefined) return list;
      list.push({ after: operator.includes('&&') ? '&&' : '||', pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    const not = this.#take(/[ \t]*!\s+/y) !== undefined;
    const commands = [this.#command()];
    while (this.#take(/[ \t]*\|(?!\|)\s*/y) !== undefined) commands.push(this.#command());
    return { not, commands };
  }

  #command(): Command {
    this.#skip(/[ \t]*/y);
    const name = this.#take(/[A-Za-z_]\w*\(\)\s*\{\s/y)?.split('(')[0];
    if (name !== undefined) {
      const body = this.script();
      this.#want('}');
      return { is: 'function', name, body };
    }
    if (this.#take(/\{\s/y) !== undefined) {
      const script = this.script();
      this.#want('}');
      return { is: 'group', script, apart: false, redirects: this.#redirects() };
    }
    if (this.#take(/\((?!\()/y) !== undefined) {
      const script = this.script();
      this.#want(')');
      return { is: 'group', script, apart: true, redirects: this.#redirects() };
    }
    if (this.#take(/if\s/y) !== undefined) return this.#if();
    if (this.#take(/case\s/y) !== undefined) return this.#case();
    if (this.#take(/for\s/y) !== undefined) return this.#for();
    if (this.#take(/while\s/y) !== undefined) return this.#while(false);
    if (this.#take(/until\s/y) !== undefined) return this.#while(true);
    return this.#simple();
  }

  #if(): Command {
    const when = this.script();
    this.#want('then');
    const then = this.script();
    const otherwise = this.#otherwise();
    if (otherwise === undefined || otherwise.is === 'else') this.#want('fi');
    return { is: 'if', when, then, otherwise: otherwise?.script };
  }

  /** An `elif` takes the `fi` for itself. */
  #otherwise(): { is: 'else' | 'elif'; script: Script } | undefined {
    if (this.peek() === 'elif') {
      this.#want('elif');
      const pipeline = { not: false, commands: [this.#if()] };
      return { is: 'elif', script: [[{ after: ';', pipeline }]] };
    }
    if (this.peek() !== 'else') return undefined;
    this.#want('else');
    return { is: 'else', script: this.script() };
  }

  #case(): Command {
    const word = this.#word();
    this.#want('in');
    const arms: { patterns: Word[]; script: Script }[] = [];
    for (;;) {
      this.#skip(/\s*/y);
      if (this.peek() === 'esac') break;
      const patterns = [this.#word()];
      while (this.#take(/[ \t]*\|[ \t]*/y) !== undefined) patterns.push(this.#word());
      this.#want(')');
      arms.push({ patterns, script: this.script() });
      if (this.peek() === ';;') this.#want(';;');
    }
    this.#want('esac');
    return { is: 'case', word, arms };
  }

  #for(): Command {
    const name = this.#take(/[A-Za-z_]\w*/y) ?? '';
    const words: Word[] = [];
    if (/^\s*in\s/.test(this.rest)) this.#want('in');
    else words.push([{ is: 'variable', name: '@', quoted: true }]);
    while (this.#take(/[ \t]*(?=[;\n])/y) === undefined) words.push(this.#word());
    this.#skip(/[\s;]*/y);
    this.#want('do');
    const body = this.script();
    this.#want('done');
    return { is: 'for', name, words, body };
  }

  #while(until: boolean): Command {
    const when = this.script();
    this.#want('do');
    const body = this.script();
    this.#want('done');
    return { is: 'while', when, until, body, redirects: this.#redirects() };
  }

  #simple(): Command {
    const assign: [string, Word][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.#skip(/(?:[ \t]|\\\n)*/y);
      const redirect = this.#redirect();
      if (redirect !== undefined) redirects.push(redirect);
      else if (/^(?:[\n;&|)]|$)/.test(this.rest)) break;
      else {
        const name = words.length === 0 ? this.#take(/[A-Za-z_]\w*=/y)?.slice(0, -1) : undefined;
        if (name !== undefined) assign.push([name, /^(?:[\s;&|)]|$)/.test(this.rest) ? [] : this.#word()]);
        else words.push(this.#word());
      }
    }
    if (assign.length === 0 && words.length === 0)
      throw new Error(`no command at ${JSON.stringify(this.rest.slice(0, 40))}`);
    return { is: 'simple', assign, words, redirects };
  }

  #redirects(): readonly Redirect[] {
    const out: Redirect[] = [];
    for (;;) {
      this.#skip(/[ \t]*/y);
      const one = this.#redirect();
      if (one === undefined) return out;
      out.push(one);
    }
  }

  #redirect(): Redirect | undefined {
    if (this.#take(/<(?![<&])/y) !== undefined) return { from: 0, file: this.#word() };
    if (this.#take(/[3-9]>&-/y) !== undefined) return { from: 'other', file: undefined };
    if (this.#take(/[3-9]>>/y) !== undefined) return { from: 'other', file: this.#word() };
    const text = this.#take(/(?:2>&1|>&2|1>&2|2?>\s*\/dev\/null)/y);
    if (text === undefined) {
      const sign = this.#take(/>>?(?!&)/y);
      return sign === undefined ? undefined : { from: 1, to: 'file', file: this.#word(), append: sign === '>>' };
    }
    const from = text.startsWith('2') ? 2 : 1;
    return { from, to: text.endsWith('null') ? 'nowhere' : text.endsWith('&1') ? 'stdout' : 'stderr' };
  }

  #word(): Word {
    this.#skip(/[ \t]*/y);
    const parts: Part[] = [];
    for (;;) {
      const next = this.#text[this.#at] ?? '';
      if (next === '' || /[\s;&|()<>]/.test(next)) return parts.length > 0 ? parts : this.#bad();
      if (next === "'")
        parts.push({ is: 'text', text: this.#take(/'[^']*'/y)?.slice(1, -1) ?? this.#bad(), quoted: true });
      else if (next === '"') parts.push(...this.#quoted());
      else if (next === '$') parts.push(this.#expansion(false));
      else if (next === '\\') {
        parts.push({ is: 'text', text: this.#text[this.#at + 1] ?? '', quoted: true });
        this.#at += 2;
      } else parts.push({ is: 'text', text: this.#take(/[^\s;&|()<>'"$\\`]+/y) ?? this.#bad(), quoted: false });
    }
  }

  #quoted(): readonly Part[] {
    const parts: Part[] = [{ is: 'text', text: '', quoted: true }];
    this.#at += 1;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) this.#bad();
      if (next === '"') {
        this.#at += 1;
        return parts;
      }
      if (next === '$') parts.push(this.#expansion(true));
      else
        parts.push({
          is: 'text',
          text: (this.#take(/(?:[^"$\\]|\\[\s\S])+/y) ?? this.#bad()).replace(/\\(["$\\`])/g, '$1'),
          quoted: true,
        });
    }
  }

  #expansion(quoted: boolean): Part {
    const name =
      this.#take(/\$(?:[A-Za-z_]\w*|[0-9?@#*$])/y)?.slice(1) ?? this.#take(/\$\{(?:[A-Za-z_]\w*|\d)\}/y)?.slice(2, -1);
    if (name !== undefined) return { is: 'variable', name, quoted };
    const part = this.#take(/\$\{(?:[A-Za-z_]\w*|\d)(?:##?|%%?|:?-)/y);
    if (part !== undefined) {
      const [, whole = '', sign = ''] = /^\$\{(\w+?)(##?|%%?|:?-)$/.exec(part) ?? [];
      const word = this.#until('}');
      if (sign.endsWith('-')) return { is: 'variable', name: whole, quoted, otherwise: word };
      return { is: 'variable', name: whole, quoted, cut: { sign: sign as '#', pattern: word } };
    }
    const sum = this.#take(/\$\(\([\w\s/*+-]+\)\)/y)?.slice(3, -2);
    if (sum !== undefined) return { is: 'sum', words: sum.trim().split(/\s+/), quoted };
    if (this.#take(/\$\((?!\()/y) === undefined) this.#bad();
    const script = this.script();
    this.#want(')');
    return { is: 'output', script, quoted };
  }

  /** What stands before it, with all that it expands to. */
  #until(end: string): Word {
    const parts: Part[] = [];
    for (;;) {
      const next = this.#text[this.#at] ?? this.#bad();
      if (next === end) break;
      if (next === "'")
        parts.push({ is: 'text', text: this.#take(/'[^']*'/y)?.slice(1, -1) ?? this.#bad(), quoted: true });
      else if (next === '"') parts.push(...this.#quoted());
      else if (next === '$') parts.push(this.#expansion(true));
      else parts.push({ is: 'text', text: this.#take(/[^}'"$]+/y) ?? this.#bad(), quoted: false });
    }
    this.#want(end);
    return parts;
  }

  #want(word: string): void {
    this.#skip(/\s*/y);
    if (!this.rest.startsWith(word)) throw new Error(`${word} is missing at ${JSON.stringify(this.rest.slice(0, 40))}`);
    this.#at += word.length;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern);
  }

  #bad(): never {
    throw new Error(`what stands at ${JSON.stringify(this.rest.slice(0, 40))} is not known`);
  }
}
