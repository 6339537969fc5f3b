/** Runs a script of the simulated shell on a machine. Its programs are the machine's; what it lacks throws. */
import { type Answer, fail, say, silent, UnknownCommand } from '../machine/answer.ts';
import { parseScript } from './parse.ts';
import { sed } from './sed.ts';
import type { Command, Pipeline, Redirect, Script, Word } from './syntax.ts';

/** What the shell needs of its machine. */
export interface Host {
  /** Whether a path is there, as `[ -e` asks. */
  exists(path: string): boolean;
  /** The text of a file; undefined when there is none. */
  read(path: string): string | undefined;
  /** Puts a text into a file, or behind what it holds; what kept it from that, if anything did. */
  write?(path: string, text: string, append: boolean): string | undefined;
  isLink?(path: string): boolean;
  /** Paths that a pattern with `*` matches. */
  glob(pattern: string): readonly string[];
}

/** A program that the script wants run; whoever drives it hands back its answer, now or when its time has passed. */
export interface Call {
  readonly argv: readonly string[];
  readonly stdin: string;
}
export type Running = Generator<Call, Answer, Answer>;

const parsed = new Map<string, Script>();

/** All at once: no time passes while it sleeps. */
export function runShell(
  host: Host & { exec(argv: readonly string[], stdin: string): Answer },
  text: string,
  words: readonly string[],
  stdin = '',
): Answer {
  const running = startShell(host, text, words, stdin);
  for (let next = running.next(); ; ) {
    if (next.done) return next.value;
    const { argv, stdin: input } = next.value;
    next = running.next(argv[0] === 'sleep' ? silent : host.exec(argv, input));
  }
}

/** `sh -c TEXT NAME WORD…`: `words` are `$1` and so on. */
export function* startShell(
  host: Host,
  text: string,
  words: readonly string[],
  stdin = '',
  environment: Readonly<Record<string, string>> = {},
): Running {
  const script = scriptOf(text);
  const shell = new Shell(host, words, environment);
  const answer = yield* shell.run(script, new Input(stdin));
  const code = shell.exited ?? answer.code;
  const last = yield* shell.end();
  return { code, stdout: answer.stdout + last.stdout, stderr: answer.stderr + last.stderr };
}

function scriptOf(text: string): Script {
  let script = parsed.get(text);
  if (script === undefined) {
    try {
      script = parseScript(text);
    } catch (problem) {
      throw new UnknownCommand(
        `sh: ${problem instanceof Error ? problem.message : String(problem)} in ${JSON.stringify(text)}`,
      );
    }
    parsed.set(text, script);
  }
  return script;
}

/** What several commands read from, one after the other. */
class Input {
  text: string;

  constructor(text: string) {
    this.text = text;
  }

  line(): string | undefined {
    if (this.text === '') return undefined;
    const [line = ''] = this.text.split('\n', 1);
    this.text = this.text.slice(line.length + 1);
    return line;
  }
}

class Shell {
  exited: number | undefined;
  trap = '';
  /** On the way out of a loop's turn, or of a function. */
  #leaving: 'continue' | 'return' | undefined;
  readonly #functions = new Map<string, Script>();
  readonly #host: Host;
  #words: readonly string[];
  readonly #variables: Map<string, string>;
  #last = 0;

  constructor(host: Host, words: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#host = host;
    this.#words = words;
    this.#variables = new Map(Object.entries(environment));
  }

  *run(script: Script, input: Input): Running {
    let [stdout, stderr] = ['', ''];
    for (const list of script) {
      for (const { after, pipeline } of list) {
        if (this.#left) break;
        if ((after === '&&' && this.#last !== 0) || (after === '||' && this.#last === 0)) continue;
        const answer = yield* this.#pipeline(pipeline, input);
        stdout += answer.stdout;
        stderr += answer.stderr;
        this.#last = answer.code;
      }
    }
    return { code: this.#last, stdout, stderr };
  }

  /** What `trap … EXIT` left for it. No signal comes in this world but the one that nobody hears. */
  *end(): Running {
    const { trap } = this;
    this.trap = '';
    this.exited = undefined;
    return trap === '' ? silent : yield* this.run(scriptOf(trap), new Input(''));
  }

  get #left(): boolean {
    return this.exited !== undefined || this.#leaving !== undefined;
  }

  *#pipeline({ not, commands }: Pipeline, from: Input): Running {
    let input = from;
    let stderr = '';
    let answer = silent;
    for (const command of commands) {
      answer = yield* this.#command(command, input);
      input = new Input(answer.stdout);
      stderr += answer.stderr;
      if (commands.length > 1) this.#subshellEnds();
    }
    return { code: not ? Number(answer.code === 0) : answer.code, stdout: answer.stdout, stderr };
  }

  /** Its exit was its own. */
  #subshellEnds(): void {
    this.exited = undefined;
    this.#leaving = undefined;
  }

  *#command(command: Command, input: Input): Running {
    switch (command.is) {
      case 'group': {
        const from = yield* this.#from(command.redirects, input);
        if (!(from instanceof Input)) return from;
        const before = new Map(this.#variables);
        const answer = yield* this.run(command.script, from);
        const code = this.exited ?? answer.code;
        if (command.apart) {
          this.#subshellEnds();
          this.#variables.clear();
          for (const [name, value] of before) this.#variables.set(name, value);
        }
        return yield* this.#redirected(command.apart ? { ...answer, code } : answer, command.redirects);
      }
      case 'function':
        this.#functions.set(command.name, command.body);
        return silent;
      case 'if': {
        const when = yield* this.run(command.when, input);
        if (this.#left) return when;
        const taken = when.code === 0 ? command.then : command.otherwise;
        return joined(when, taken === undefined ? silent : yield* this.run(taken, input));
      }
      case 'case': {
        const value = yield* this.#text(command.word);
        for (const { patterns, script } of command.arms)
          for (const one of patterns) if (matches(value, yield* this.#text(one))) return yield* this.run(script, input);
        return silent;
      }
      case 'for': {
        let answer = silent;
        for (const value of yield* this.#allFields(command.words)) {
          this.#variables.set(command.name, value);
          answer = joined(answer, yield* this.run(command.body, input));
          if (this.#turnEnds()) break;
        }
        return answer;
      }
      case 'while': {
        const from = yield* this.#from(command.redirects, input);
        if (!(from instanceof Input)) return from;
        let answer = silent;
        for (;;) {
          const when = yield* this.run(command.when, from);
          answer = { ...joined(answer, when), code: answer.code };
          if (this.#left || (when.code === 0) === command.until) break;
          answer = joined(answer, yield* this.run(command.body, from));
          if (this.#turnEnds()) break;
        }
        return yield* this.#redirected(answer, command.redirects);
      }
      case 'simple':
        return yield* this.#simple(command, input);
    }
  }

  /** Whether the whole loop does; one turn of it may be left. */
  #turnEnds(): boolean {
    if (this.#leaving === 'continue') this.#leaving = undefined;
    return this.#left;
  }

  *#simple({ assign, words, redirects }: Extract<Command, { is: 'simple' }>, from: Input): Running {
    this.#substituted = undefined;
    const before = new Map(this.#variables);
    for (const [name, word] of assign) this.#variables.set(name, yield* this.#text(word));
    const argv = yield* this.#allFields(words);
    const status = this.#substituted;
    const input = yield* this.#from(redirects, from);
    if (!(input instanceof Input)) return input;
    if (argv.length === 0)
      return yield* this.#redirected({ ...silent, code: status ?? 0, stderr: this.#takeStderr() }, redirects);
    const answer = yield* this.#program(argv, input);
    // Before a program they are its own.
    for (const [name] of assign) this.#variables.set(name, before.get(name) ?? '');
    return yield* this.#redirected({ ...answer, stderr: this.#takeStderr() + answer.stderr }, redirects);
  }

  /** In order: `>&2` after `2>/dev/null` is not used by anybody. */
  *#redirected(answer: Answer, redirects: readonly Redirect[]): Running {
    let now = answer;
    for (const redirect of redirects) {
      if (redirect.from === 'other' && redirect.file !== undefined)
        now = this.#into(yield* this.#text(redirect.file), '', true, now);
      if (redirect.from !== 1 && redirect.from !== 2) continue;
      if (redirect.to === 'file')
        now = this.#into(yield* this.#text(redirect.file), now.stdout, redirect.append, { ...now, stdout: '' });
      else now = moved(now, redirect.from, redirect.to);
    }
    return now;
  }

  #into(path: string, text: string, append: boolean, answer: Answer): Answer {
    if (this.#host.write === undefined) throw new UnknownCommand(`>${path}`);
    const trouble = this.#host.write(path, text, append);
    return trouble === undefined ? answer : { ...answer, code: 2, stderr: `${answer.stderr}sh: ${trouble}\n` };
  }

  /** What it reads: the file that is named, or an answer that says that there is none. */
  *#from(redirects: readonly Redirect[], otherwise: Input): Generator<Call, Input | Answer, Answer> {
    let input = otherwise;
    for (const redirect of redirects) {
      if (redirect.from !== 0) continue;
      const path = yield* this.#text(redirect.file);
      const text = this.#host.read(path);
      if (text === undefined)
        return yield* this.#redirected(fail(2, `sh: cannot open ${path}: No such file`), redirects);
      input = new Input(text);
    }
    return input;
  }

  #substituted: number | undefined;
  #stderr = '';

  #takeStderr(): string {
    const text = this.#stderr;
    this.#stderr = '';
    return text;
  }

  *#program(argv: readonly string[], input: Input): Running {
    const [name = '', ...rest] = argv;
    const body = this.#functions.get(name);
    if (body !== undefined) return yield* this.#call(body, rest, input);
    switch (name) {
      case '[':
        return { ...silent, code: Number(!this.#test(rest.slice(0, -1))) };
      case 'exit':
        this.exited = rest[0] === undefined ? this.#last : Number(rest[0]);
        return { ...silent, code: this.exited };
      case 'exec': {
        if (rest.length === 0) return silent;
        const answer = yield* this.#program(rest, input);
        this.exited = answer.code;
        return answer;
      }
      case 'continue':
        this.#leaving = 'continue';
        return silent;
      case 'return':
        this.#leaving = 'return';
        return { ...silent, code: rest[0] === undefined ? this.#last : Number(rest[0]) };
      case 'read':
        return this.#read(rest, input.line());
      case 'shift':
        this.#words = this.#words.slice(Number(rest[0] ?? 1));
        return silent;
      case 'trap':
        if (rest.slice(1).includes('EXIT')) this.trap = rest[0] ?? '';
        return silent;
      case '.': {
        const text = this.#host.read(rest[0] ?? '');
        if (text !== undefined) return yield* this.run(scriptOf(text), input);
        this.exited = 2;
        return fail(2, `sh: .: cannot open ${rest[0]}: No such file`);
      }
      case 'export':
      case 'umask':
        return silent;
      case 'set':
        if (/^-[uf]+$/.test(rest[0] ?? '')) return silent;
        if (rest[0] !== '--') throw new UnknownCommand(argv.join(' '));
        this.#words = rest.slice(1);
        return silent;
      case 'echo':
        return say(rest.join(' '));
      case 'printf':
        return { ...silent, stdout: formatted(rest) };
      case 'command':
        if (rest[0] !== '-v') throw new UnknownCommand(argv.join(' '));
        return this.#host.exists(rest[1] ?? '') ? say(`/usr/sbin/${rest[1]}`) : fail(127);
      case 'true':
      case ':':
        return silent;
      case 'cat':
      case 'grep':
      case 'sed': {
        const own = filters[name](rest, input.text);
        return own ?? (yield { argv, stdin: input.text });
      }
      case 'tr':
        return isPlain(rest) ? { ...silent, stdout: translated(input.text, rest) } : yield { argv, stdin: input.text };
      default:
        return yield { argv, stdin: input.text };
    }
  }

  *#call(body: Script, words: readonly string[], input: Input): Running {
    const before = this.#words;
    this.#words = words;
    const answer = yield* this.run(body, input);
    this.#words = before;
    if (this.#leaving === 'return') this.#leaving = undefined;
    return answer;
  }

  /** The last name gets all that is left. Blanks around the line are no part of it, unless IFS says so. */
  #read([option, ...names]: readonly string[], line: string | undefined): Answer {
    if (option !== '-r') throw new UnknownCommand('read without -r');
    const separator = this.#variables.get('IFS');
    const byBlanks = separator === undefined || separator === '';
    const words = byBlanks ? (line ?? '').trim().split(/[ \t]+/) : (line ?? '').split(separator);
    for (const [at, name] of names.entries())
      this.#variables.set(name, at < names.length - 1 ? (words[at] ?? '') : words.slice(at).join(separator ?? ' '));
    return { ...silent, code: line === undefined ? 1 : 0 };
  }

  #test(words: readonly string[]): boolean {
    if (words[0] === '!') return !this.#test(words.slice(1));
    const [left = '', operator, right = ''] = words.length === 2 ? ['', words[0], words[1]] : words;
    switch (operator) {
      case '-e':
      case '-d':
      case '-f':
        return this.#host.exists(right);
      case '-b':
        return right.startsWith('/dev/') && this.#host.exists(right);
      case '-L':
        return this.#host.isLink?.(right) === true;
      case '-s':
        return (this.#host.read(right) ?? '') !== '';
      case '-z':
        return right === '';
      case '-n':
        return right !== '';
      case '=':
        return left === right;
      case '!=':
        return left !== right;
      case '-eq':
        return Number(left) === Number(right);
      case '-ne':
        return Number(left) !== Number(right);
      case '-ge':
        return Number(left) >= Number(right);
      case '-lt':
        return Number(left) < Number(right);
      case '-gt':
        return Number(left) > Number(right);
      case '-le':
        return Number(left) <= Number(right);
      default:
        throw new UnknownCommand(`[ ${words.join(' ')} ]`);
    }
  }

  *#text(word: Word): Generator<Call, string, Answer> {
    let text = '';
    for (const part of word) text += yield* this.#part(part);
    return text;
  }

  *#part(part: Word[number]): Generator<Call, string, Answer> {
    if (part.is === 'text') return part.text;
    if (part.is === 'variable') return yield* this.#expanded(part);
    if (part.is === 'sum') return String(this.#sum(part.words));
    const last = this.#last;
    const answer = yield* this.run(part.script, new Input(''));
    // An exit within $( ) ends only that.
    if (this.exited !== undefined) this.#substituted = this.exited;
    else this.#substituted = answer.code;
    this.#subshellEnds();
    this.#last = last;
    this.#stderr += answer.stderr;
    return answer.stdout.replace(/\n+$/, '');
  }

  *#expanded({ name, cut, otherwise }: Extract<Word[number], { is: 'variable' }>): Generator<Call, string, Answer> {
    const value = this.#variable(name);
    if (otherwise !== undefined) return value === '' ? yield* this.#text(otherwise) : value;
    if (cut === undefined) return value;
    const pattern = yield* this.#text(cut.pattern);
    const ends = Array.from({ length: value.length + 1 }, (_, at) => at);
    const back = cut.sign.startsWith('%');
    // The shortest first, the longest for a sign that stands twice.
    const order = (cut.sign.length === 2) === back ? ends : [...ends].reverse();
    const found = order.find((at) => matches(back ? value.slice(at) : value.slice(0, at), pattern));
    if (found === undefined) return value;
    return back ? value.slice(0, found) : value.slice(found);
  }

  #sum([first = '', ...more]: readonly string[]): number {
    const value = (word: string): number => (/^\d+$/.test(word) ? Number(word) : Number(this.#variables.get(word)));
    let sum = value(first);
    for (let at = 0; at < more.length; at += 2) {
      const next = value(more[at + 1] ?? '');
      const sums: Readonly<Record<string, number>> = { '+': sum + next, '-': sum - next, '/': Math.trunc(sum / next) };
      sum = sums[more[at] ?? ''] ?? Number.NaN;
    }
    if (!Number.isInteger(sum)) throw new UnknownCommand(`$((${[first, ...more].join(' ')}))`);
    return sum;
  }

  #variable(name: string): string {
    if (name === '?') return String(this.#last);
    if (name === '#') return String(this.#words.length);
    if (name === '$') return this.#variables.get('$') ?? '1400';
    if (name === '@' || name === '*') return this.#words.join(' ');
    return /^\d$/.test(name) ? (this.#words[Number(name) - 1] ?? '') : (this.#variables.get(name) ?? '');
  }

  *#allFields(words: readonly Word[]): Generator<Call, readonly string[], Answer> {
    const all: string[] = [];
    for (const word of words) all.push(...(yield* this.#fields(word)));
    return all;
  }

  /** Unquoted expansions are split at white space; an unquoted `*` stands for paths. */
  *#fields(word: Word): Generator<Call, readonly string[], Answer> {
    if (word.every((part) => part.is === 'text')) {
      const text = yield* this.#text(word);
      const bare = word.every((part) => part.is === 'text' && !part.quoted);
      const found = bare && text.includes('*') ? this.#host.glob(text) : [];
      return found.length > 0 ? found : [text];
    }
    const [only, ...others] = word.filter((part) => part.is !== 'text' || part.text !== '');
    if (only?.is === 'variable' && only.name === '@' && others.length === 0) return this.#words;
    if (word.some((part) => part.is === 'text' && !part.quoted && part.text.includes('*'))) {
      const pattern = yield* this.#text(word);
      const found = this.#host.glob(pattern);
      return found.length > 0 ? found : [pattern];
    }
    if (word.some((part) => part.quoted)) return [yield* this.#text(word)];
    const text = yield* this.#text(word);
    return text.split(/\s+/).filter((one) => one !== '');
  }
}

/** Programs that are asked of their input; undefined when it is files that they are to read. */
const filters = {
  cat: (words: readonly string[], input: string): Answer | undefined =>
    words.length === 0 ? { ...silent, stdout: input } : undefined,
  sed,
  grep(words: readonly string[], input: string): Answer | undefined {
    const options = words.filter((word) => /^-[Fqv]+$/.test(word)).join('');
    const [pattern, ...files] = words.filter((word) => !/^-[Fqv]+$/.test(word));
    if (pattern === undefined || files.length > 0) return undefined;
    const found = (line: string): boolean =>
      options.includes('F') ? line.includes(pattern) : new RegExp(pattern).test(line);
    const all = input === '' ? [] : input.replace(/\n$/, '').split('\n');
    const lines = all.filter((line) => found(line) !== options.includes('v'));
    const answer = options.includes('q') ? silent : { ...silent, stdout: lines.map((line) => `${line}\n`).join('') };
    return { ...answer, code: lines.length > 0 ? 0 : 1 };
  },
};

/** printf(1) with `%s` and `\n`; the format is used again for as long as there are words. */
function formatted([format = '', ...words]: readonly string[]): string {
  if (/%[^s]|\\[^n]/.test(format)) throw new UnknownCommand(`printf ${format}`);
  const left = [...words];
  let text = '';
  do text += format.replaceAll('\\n', '\n').replace(/%s/g, () => left.shift() ?? '');
  while (left.length > 0 && format.includes('%s'));
  return text;
}

function joined(first: Answer, second: Answer): Answer {
  return { code: second.code, stdout: first.stdout + second.stdout, stderr: first.stderr + second.stderr };
}

function isPlain(words: readonly string[]): boolean {
  const [from = '', to = ''] = words.map((word) => word.replaceAll('\\n', '\n'));
  return words.length === 2 && from.length === to.length && !/[\\[-]/.test(from + to);
}

/** Sign by sign, from the first set to the second. */
function translated(text: string, words: readonly string[]): string {
  const [from = '', to = ''] = words.map((word) => word.replaceAll('\\n', '\n'));
  return [...text].map((sign) => to[from.indexOf(sign)] ?? sign).join('');
}

/** One stream to where the other goes, or nowhere. */
function moved(answer: Answer, from: 1 | 2, to: 'stdout' | 'stderr' | 'nowhere'): Answer {
  const text = from === 1 ? answer.stdout : answer.stderr;
  const [stdout, stderr] = from === 1 ? ['', answer.stderr] : [answer.stdout, ''];
  if (to === 'stdout') return { ...answer, stdout: stdout + text, stderr };
  return { ...answer, stdout, stderr: to === 'stderr' ? stderr + text : stderr };
}

/** A pattern of `case`, with `*` only. */
function matches(value: string, pattern: string): boolean {
  const regex = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*');
  return new RegExp(`^${regex}$`).test(value);
}
