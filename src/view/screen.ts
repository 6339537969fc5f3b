/** The only place that writes to stdout and stderr. */
import type { Diagnostic } from '../diagnostic.ts';
import { diagnosticsText, type Page } from './diagnostics.ts';
import { jsonLine } from './json.ts';
import type { Output } from './output.ts';
import { paintFor } from './paint.ts';
import { meanwhile } from './waiting.ts';

export interface Screen {
  /** How results look: as wide as the terminal, 80 columns where there is none. */
  readonly page: Page;
  /** Whether results go to a terminal, so that progress may be drawn in place. */
  readonly live: boolean;
  /** Results, to stdout. */
  print(text: string): void;
  /** Results as one line of JSON, to stdout. */
  json(value: object): void;
  /** Problems: to stderr for people; to stdout, as lines of JSON, for programs. */
  report(diagnostics: readonly Diagnostic[]): void;
  /** Says on a terminal what is waited for, until it is over. */
  meanwhile<T>(what: string, work: Promise<T>): Promise<T>;
  /** What is neither result nor problem: usage, questions. To stderr. */
  mention(text: string): void;
}

export interface ScreenOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly json: boolean;
  /** Done to everything that is written: it hides the values of secrets. */
  readonly redact: (text: string) => string;
  /** Done to every help: the commands in it become those of this run. */
  readonly named?: (text: string) => string;
}

export function openScreen({ stdout, stderr, env, json, redact, named = (text) => text }: ScreenOptions): Screen {
  const page = pageOf(stdout, env);
  const print = (text: string): void => void stdout.write(redact(text));
  const mention = (text: string): void => void stderr.write(redact(text));
  return {
    page,
    live: stdout.isTTY === true && env['TERM'] !== 'dumb' && !json,
    print,
    mention,
    meanwhile: (what, work) => (json ? work : meanwhile(stderr, what, work)),
    json: (value) => print(jsonLine(value)),
    report(found) {
      const diagnostics = found.map((one) => (one.help === undefined ? one : { ...one, help: named(one.help) }));
      if (json) for (const diagnostic of diagnostics) print(jsonLine({ version: 1, type: 'diagnostic', diagnostic }));
      else if (diagnostics.length > 0) mention(`${diagnosticsText(diagnostics, pageOf(stderr, env))}`);
    },
  };
}

function pageOf(stream: Output, env: NodeJS.ProcessEnv): Page {
  return { paint: paintFor(stream, env), columns: Math.max(40, stream.columns ?? 80) };
}
