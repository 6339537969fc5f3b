/** Programs that only turn a text into another: the real ones of this computer, each asked once for the same. */
import { spawnSync } from 'node:child_process';
import { type Answer, silent } from './answer.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { readFile } from './special.ts';

const asked = new Map<string, Answer>();

export function realText(argv: readonly string[], input: string): Answer {
  const key = JSON.stringify([argv, input]);
  const known = asked.get(key);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), {
    input,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const answer = { code: status ?? 127, stdout, stderr };
  asked.set(key, answer);
  return answer;
}

/** `sed` and `grep` over the machine's own files, which stand behind the script; undefined when there are none. */
export function overFiles(machine: Machine, argv: readonly string[]): Answer | undefined {
  const [name = '', ...words] = argv;
  const options = words.filter((word, at) => word.startsWith('-') && words[at - 1] !== '-e');
  const taken = words.filter((word, at) => !options.includes(word) && words[at - 1] !== '-e');
  const paths = options.includes('-e') ? taken : taken.slice(1);
  if (paths.length === 0) return undefined;
  const isDeep = options.some((word) => /^-[a-zA-Z]*r/.test(word));
  const found = isDeep
    ? paths.flatMap((path) => (machine.files.get(path) === undefined ? machine.files.below(path) : [path]))
    : paths;
  const texts = found.map((path) => [path, readFile(machine, path)] as const);
  const rest = words.filter((word) => !paths.includes(word));
  const plain = rest.map((word) => (isDeep && options.includes(word) ? word.replace(/[rhs]/g, '') : word));
  const answer = realText(
    [name, ...plain.filter((word) => word !== '-')],
    texts.map(([, text]) => text ?? '').join(''),
  );
  const stderr = texts.flatMap(([path, text]) => (text === undefined ? [`${name}: ${path}: No such file\n`] : []));
  return stderr.length === 0 ? answer : { ...answer, code: 2, stderr: answer.stderr + stderr.join('') };
}

function overOne(machine: Machine, argv: readonly string[], path: string): Answer {
  const content = readFile(machine, path);
  if (content === undefined) return { code: 1, stdout: '', stderr: `${argv[0]}: ${path}: No such file or directory\n` };
  return realText(argv.slice(0, -1), content);
}

const filter: Program = (_machine, argv, stdin) => realText(argv, stdin);

export const text: Readonly<Record<string, Program>> = {
  cut(machine, argv, stdin) {
    const path = argv.at(-1) ?? '';
    return path.length > 1 && path.startsWith('/') ? overOne(machine, argv, path) : realText(argv, stdin);
  },
  sort: filter,
  wc: filter,
  head: filter,
  tr: filter,
  basename: (_machine, argv) => ({ ...silent, stdout: `${argv.at(-1)?.split('/').at(-1) ?? ''}\n` }),
};
