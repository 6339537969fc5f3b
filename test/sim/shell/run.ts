/** Runs a script of the simulated shell on a machine. Its programs are the machine's; what it lacks throws. */
import { type Answer, fail, say, silent, UnknownCommand } from '../machine/answer.ts';
import { parseScript } from './parse.ts';
import { sed } from './sed.ts';
import type { Command, Pipeline, Redirect, Script, Word } from './syntax.ts';

/** What the shell needs of its machine. */
export interface Host {
  /** Whether a path is there, as `[ -e` asks. */
  exists(path: string): boolean;
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
export function* startShell(host: Host, text: string, words: readonly string[], stdin = ''): Running {
  const script = scriptOf(text);
  const shell = new Shell(host, words);
  const answer = yield* shell.run(script, stdin);
  return { ...answer, code: shell.exited ?? answer.code };
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

class Shell {
  exited: number | undefined;
  readonly #host: Host;
  #words: readonly string[];
  readonly #variables = new Map<string, string>();
  #last = 0;

  constructor(host: Host, words: readonly string[]) {
    this.#host = host;
    this.#words = words;
  }

  *run(script: Script, stdin: string): Running {
    let [stdout, stderr] = ['', ''];
    for (const list of script) {
      for (const { after, pipeline } of list) {
        if (this.exited !== undefined) break;
        if ((after === '&&' && this.#last !== 0) || (after === '||' && this.#last === 0)) continue;
        const answer = yield* this.#pipeline(pipeline, stdin);
        stdout += answer.stdout;
        stderr += answer.stderr;
        this.#last = answer.code;
      }
    }
    return { code: this.#last, stdout, stderr };
  }

  *#pipeline({ not, commands }: Pipeline, stdin: string): Running {
    let input = stdin;
    let stderr = '';
    let answer = silent;
    for (const command of commands) {
      answer = yield* this.#command(command, input);
      input = answer.stdout;
      stderr += answer.stderr;
    }
    return { code: not ? Number(answer.code === 0) : answer.code, stdout: answer.stdout, stderr };
  }

  *#command(command: Command, stdin: string): Running {
    switch (command.is) {
      case 'group':
        return redirected(yield* this.run(command.script, stdin), command.redirects);
      case 'if': {
        const when = yield* this.run(command.when, stdin);
        const taken = when.code === 0 ? command.then : command.otherwise;
        return joined(when, taken === undefined ? silent : yield* this.run(taken, stdin));
      }
      case 'case': {
        const value = yield* this.#text(command.word);
        for (const { patterns, script } of command.arms)
          for (const one of patterns) if (matches(value, yield* this.#text(one))) return yield* this.run(script, stdin);
        return silent;
      }
      case 'for': {
        let answer = silent;
        for (const value of yield* this.#allFields(command.words)) {
          this.#variables.set(command.name, value);
          answer = joined(answer, yield* this.run(command.body, stdin));
          if (this.exited !== undefined) break;
        }
        return answer;
      }
      case 'while': {
        let answer = silent;
        while (this.exited === undefined) {
          const when = yield* this.run(command.when, stdin);
          answer = { ...joined(answer, when), code: answer.code };
          if (this.exited !== undefined || when.code !== 0) break;
          answer = joined(answer, yield* this.run(command.body, stdin));
        }
        return answer;
      }
      case 'simple':
        return yield* this.#simple(command, stdin);
    }
  }

  *#simple({ assign, words, redirects }: Extract<Command, { is: 'simple' }>, stdin: string): Running {
    this.#substituted = undefined;
    for (const [name, word] of assign) this.#variables.set(name, yield* this.#text(word));
    const argv = yield* this.#allFields(words);
    if (argv.length === 0) return { ...silent, code: this.#substituted ?? 0, stderr: this.#takeStderr() };
    const answer = yield* this.#program(argv, stdin);
    return redirected({ ...answer, stderr: this.#takeStderr() + answer.stderr }, redirects);
  }

  #substituted: number | undefined;
  #stderr = '';

  #takeStderr(): string {
    const text = this.#stderr;
    this.#stderr = '';
    return text;
  }

  *#program(argv: readonly string[], stdin: string): Running {
    const [name = '', ...rest] = argv;
    switch (name) {
      case '[':
        return { ...silent, code: Number(!this.#test(rest.slice(0, -1))) };
      case 'exit':
        this.exited = rest[0] === undefined ? this.#last : Number(rest[0]);
        return { ...silent, code: this.exited };
      case 'exec': {
        const answer = yield* this.#program(rest, stdin);
        this.exited = answer.code;
        return answer;
      }
      case 'set':
        if (rest[0] !== '--') throw new UnknownCommand(argv.join(' '));
        this.#words = rest.slice(1);
        return silent;
      case 'echo':
        return say(rest.join(' '));
      case 'printf':
        if (rest[0] !== '%s\\n' && rest[0] !== '%s') throw new UnknownCommand(argv.join(' '));
        return {
          ...silent,
          stdout: rest
            .slice(1)
            .map((one) => (rest[0] === '%s' ? one : `${one}\n`))
            .join(''),
        };
      case 'command':
        if (rest[0] !== '-v') throw new UnknownCommand(argv.join(' '));
        return this.#host.exists(rest[1] ?? '') ? say(`/usr/sbin/${rest[1]}`) : fail(127);
      case 'true':
      case ':':
        return silent;
      case 'cat':
        return rest.length === 0 ? { ...silent, stdout: stdin } : yield { argv, stdin };
      case 'tr':
        return { ...silent, stdout: translated(stdin, rest) };
      case 'sed':
        return sed(rest, stdin) ?? (yield { argv, stdin });
      default:
        return yield { argv, stdin };
    }
  }

  #test(words: readonly string[]): boolean {
    if (words[0] === '!') return !this.#test(words.slice(1));
    const [left = '', operator, right = ''] = words.length === 2 ? ['', words[0], words[1]] : words;
    switch (operator) {
      case '-e':
      case '-d':
      case '-f':
        return this.#host.exists(right);
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
    if (part.is === 'variable') return this.#variable(part.name);
    const last = this.#last;
    const answer = yield* this.run(part.script, '');
    // An exit within $( ) ends only that.
    if (this.exited !== undefined) this.#substituted = this.exited;
    else this.#substituted = answer.code;
    this.exited = undefined;
    this.#last = last;
    this.#stderr += answer.stderr;
    return answer.stdout.replace(/\n+$/, '');
  }

  #variable(name: string): string {
    if (name === '?') return String(this.#last);
    if (name === '#') return String(this.#words.length);
    if (name === '@') return this.#words.join(' ');
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
    if (word.length === 1 && word[0]?.is === 'variable' && word[0].name === '@') return this.#words;
    if (word.some((part) => part.quoted)) return [yield* this.#text(word)];
    const text = yield* this.#text(word);
    return text.split(/\s+/).filter((one) => one !== '');
  }
}

function joined(first: Answer, second: Answer): Answer {
  return { code: second.code, stdout: first.stdout + second.stdout, stderr: first.stderr + second.stderr };
}

/** Sign by sign, from the first set to the second. */
function translated(text: string, words: readonly string[]): string {
  const [from = '', to = ''] = words.map((word) => word.replaceAll('\\n', '\n'));
  if (words.length !== 2 || from.length !== to.length || /[\\[-]/.test(from + to))
    throw new UnknownCommand(`tr ${words.join(' ')}`);
  return [...text].map((sign) => to[from.indexOf(sign)] ?? sign).join('');
}

/** In order: `>&2` after `2>/dev/null` is not used by anybody. */
function redirected(answer: Answer, redirects: readonly Redirect[]): Answer {
  let { stdout, stderr } = answer;
  for (const { from, to } of redirects) {
    const moved = from === 1 ? stdout : stderr;
    if (from === 1) stdout = '';
    else stderr = '';
    if (to === 'stdout') stdout += moved;
    else if (to === 'stderr') stderr += moved;
  }
  return { ...answer, stdout, stderr };
}

/** A pattern of `case`, with `*` only. */
function matches(value: string, pattern: string): boolean {
  const regex = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*');
  return new RegExp(`^${regex}$`).test(value);
}
