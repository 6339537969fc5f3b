/** All questions of a node as one script, and the reading of its answers. It writes nothing, not even a temporary file. */
import type { Probe, ProbeOutput, ProbeOutputs } from './command.ts';
import { plainWord } from './frame.ts';
import { commandLine, quote } from './quote.ts';
import type { Observe } from './script.ts';

/** Seconds that a probe may take unless it says otherwise. */
const defaultSeconds = 30;

/**
 * A boundary line stands on stdout and on stderr after each answer, with its exit status. Two `printf`s: `tee` and
 * `>/dev/stderr` lose data when stderr is a socket. The first one names all probes: what never came is still known.
 */
export function observeText({ boundary, probes }: Observe): string {
  const names = probes.map(({ name }) => encodeURI(name));
  return `_line() { printf '\\n%s %s\\n' ${plainWord(boundary)} "$1"; printf '\\n%s %s\\n' ${plainWord(boundary)} "$1" >&2; }
_probe() { _name=$1 _seconds=$2; shift 2; timeout -k 5 "$_seconds" "$@"; _line "$? $_name"; }
_line ${quote(['begin', ...names].join(' '))}
${probes.map(probeLine).join('\n')}
_line end
`;
}

function probeLine({ name, command, timeoutSeconds = defaultSeconds }: Probe): string {
  if (typeof command.stdin === 'object') throw new Error(`probe ${name}: a probe carries no secret`);
  const input = command.stdin === undefined ? '' : `printf %s ${quote(command.stdin)} | `;
  return `${input}_probe ${quote(encodeURI(name))} ${timeoutSeconds} ${commandLine(command.argv)}`;
}

/**
 * Every probe that was asked has an entry; its `code` is undefined where the answer is missing, cut or out of order on
 * either stream: unknown, never empty (C5). Of an answer without its beginning nothing is known: no entries at all.
 */
export function parseObserved(boundary: string, stdout: string, stderr: string): ProbeOutputs {
  const out = sections(boundary, stdout);
  const err = sections(boundary, stderr);
  const names = out.names.length > 0 ? out.names : err.names;
  return new Map(names.map((word, at) => [decodeURI(word), answer(word, out.answers[at], err.answers[at])]));
}

/** An answer and the boundary line after it: `0 volume.lvs`. */
interface Section {
  readonly head: string;
  readonly text: string;
}

/** What stands before the first boundary line (a greeting of the login shell) is not ours. */
function sections(boundary: string, stream: string): { names: readonly string[]; answers: readonly Section[] } {
  const parts = `\n${stream}`.split(`\n${boundary} `).slice(1);
  const cut = parts.findIndex((part) => !part.includes('\n'));
  const whole = cut < 0 ? parts : parts.slice(0, cut);
  const heads = whole.map((part) => part.slice(0, part.indexOf('\n')));
  const [begin, ...names] = heads[0]?.split(' ') ?? [];
  if (begin !== 'begin') return { names: [], answers: [] };
  const texts = whole.map((part) => part.slice(part.indexOf('\n') + 1));
  return { names, answers: heads.slice(1).map((head, at) => ({ head, text: texts[at] ?? '' })) };
}

function answer(word: string, out: Section | undefined, err: Section | undefined): ProbeOutput {
  const [code, name] = out?.head.split(' ') ?? [];
  const whole = out !== undefined && out.head === err?.head && name === word && /^\d+$/.test(code ?? '');
  if (!whole) return { code: undefined, stdout: '', stderr: '' };
  return { code: knowable(Number(code)), stdout: out.text, stderr: err.text };
}

/** 124 and 125 are timeout(1) itself, from 128 on a signal ended the program: its own answer never came. */
function knowable(code: number): number | undefined {
  return code === 124 || code === 125 || code >= 128 ? undefined : code;
}
