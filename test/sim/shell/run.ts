/** Runs a script of the simulated shell on a machine. Its programs are the machine's; what it lacks throws. */
import { type Answer, fail, say, silent, UnknownCommand } from '../machine/answer.ts';
import { parseScript } from './parse.ts';
import { sed } from './sed.ts';
import type { Command, Pipeline, Redirect, Script, Word } from './syntax.ts';

/** What the shell needs of its machine. */
export interface Host {
  exec(argv: readonly string[], stdin: string): Answer;
  /** Whether a path is there, as `[ -e` asks. */
  exists(path: string): boolean;
  /** Paths that a pattern with `*` matches. */
  glob(pattern: string): readonly string[];
}

const parsed = new Map<string, Script>();

/** `sh -c TEXT NAME WORD…`: `words` are `$1` and so on. */
export function runShell(host: Host, text: string, words: readonly string[], stdin = ''): Answer {
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
  const shell = new Shell(host, words);
  const answer = shell.run(script, stdin);
  return { ...answer, code: shell.exited ?? answer.code };
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

  run(script: Script, stdin: string): Answer {
    let [stdout, stderr] = ['', ''];
    for (const list of script) {
      for (const { after, pipeline } of list) {
        if (this.exited !== undefined) break;
        if ((after === '&&' && this.#last !== 0) || (after === '||' && this.#last === 0)) continue;
        const answer = this.#pipeline(pipeline, stdin);
        stdout += answer.stdout;
        stderr += answer.stderr;
        this.#last = answer.code;
      }
    }
    return { code: this.#last, stdout, stderr };
  }

  #pipeline({ not, commands }: Pipeline, stdin: string): Answer {
    let input = stdin;
    let stderr = '';
    let answer = silent;
    for (const command of commands) {
      answer = this.#command(command, input);
      input = answer.stdout;
      stderr += answer.stderr;
    }
    return { code: not ? Number(answer.code === 0) : answer.code, stdout: answer.stdout, stderr };
  }

  #command(command: Command, stdin: string): Answer {
    switch (command.is) {
      case 'group':
        return redirected(this.run(command.script, stdin), command.redirects);
      case 'if': {
        const when = this.run(command.when, stdin);
        const taken = when.code === 0 ? command.then : command.otherwise;
        return joined(when, taken === undefined ? silent : this.run(taken, stdin));
      }
      case 'case': {
        const value = this.#text(command.word);
        const arm = command.arms.find(({ patterns }) => patterns.some((one) => matches(value, this.#text(one))));
        return arm === undefined ? silent : this.run(arm.script, stdin);
      }
      case 'for': {
        let answer = silent;
        for (const value of command.words.flatMap((word) => this.#fields(word))) {
          this.#variables.set(command.name, value);
          answer = joined(answer, this.run(command.body, stdin));
          if (this.exited !== undefined) break;
        }
        return answer;
      }
      case 'simple':
        return this.#simple(command, stdin);
    }
  }

  #simple({ assign, words, redirects }: Extract<Command, { is: 'simple' }>, stdin: string): Answer {
    this.#substituted = undefined;
    for (const [name, word] of assign) this.#variables.set(name, this.#text(word));
    const argv = words.flatMap((word) => this.#fields(word));
    if (argv.length === 0) return { ...silent, code: this.#substituted ?? 0, stderr: this.#takeStderr() };
    const answer = this.#program(argv, stdin);
    return redirected({ ...answer, stderr: this.#takeStderr() + answer.stderr }, redirects);
  }

  #substituted: number | undefined;
  #stderr = '';

  #takeStderr(): string {
    const text = this.#stderr;
    this.#stderr = '';
    return text;
  }

  #program(argv: readonly string[], stdin: string): Answer {
    const [name = '', ...rest] = argv;
    switch (name) {
      case '[':
        return { ...silent, code: Number(!this.#test(rest.slice(0, -1))) };
      case 'exit':
        this.exited = rest[0] === undefined ? this.#last : Number(rest[0]);
        return { ...silent, code: this.exited };
      case 'exec': {
        const answer = this.#program(rest, stdin);
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
      case 'sleep':
      case 'true':
        return silent;
      case 'cat':
        return rest.length === 0 ? { ...silent, stdout: stdin } : this.#host.exec(argv, stdin);
      case 'tr':
        return { ...silent, stdout: translated(stdin, rest) };
      case 'sed':
        return sed(rest, stdin) ?? this.#host.exec(argv, stdin);
      default:
        return this.#host.exec(argv, stdin);
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

  #text(word: Word): string {
    return word.map((part) => this.#part(part)).join('');
  }

  #part(part: Word[number]): string {
    if (part.is === 'text') return part.text;
    if (part.is === 'variable') return this.#variable(part.name);
    const last = this.#last;
    const answer = this.run(part.script, '');
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

  /** Unquoted expansions are split at white space; an unquoted `*` stands for paths. */
  #fields(word: Word): readonly string[] {
    if (word.every((part) => part.is === 'text')) {
      const text = this.#text(word);
      const bare = word.every((part) => part.is === 'text' && !part.quoted);
      const found = bare && text.includes('*') ? this.#host.glob(text) : [];
      return found.length > 0 ? found : [text];
    }
    if (word.length === 1 && word[0]?.is === 'variable' && word[0].name === '@') return this.#words;
    if (word.some((part) => part.quoted)) return [this.#text(word)];
    return this.#text(word)
      .split(/\s+/)
      .filter((one) => one !== '');
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
