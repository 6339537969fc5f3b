/**
 * A problem as a value. Expected trouble is collected and shown all at once; `throw` is for our own mistakes.
 *
 * The summary uses the same words every time and holds no user data, so that it becomes familiar; the detail says
 * what is wrong with which thing and why; the help says what to do. Codes are stable and listed in docs/diagnostics.md.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'note';
  /** Stable and greppable: `area/what`, for example `inventory/unknown-key` or `step/failed`. */
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
  readonly at?: Place;
  /** What to do about it: one sentence, commands in backquotes. */
  readonly help?: string;
}

/** A place in a file that a person wrote. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of that line, and how many characters of it are meant. */
  readonly text?: string;
  readonly length?: number;
}

/** Either the thing, or everything that is wrong with it. Diagnostics beside a value are warnings and notes. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function ok<T>(value: T, diagnostics: readonly Diagnostic[] = []): Result<T> {
  return { ok: true, value, diagnostics };
}

export function failed(...diagnostics: readonly Diagnostic[]): Result<never> {
  return { ok: false, diagnostics };
}

export function error(
  code: string,
  summary: string,
  detail: string,
  more: Pick<Diagnostic, 'at' | 'help'> = {},
): Diagnostic {
  return { severity: 'error', code, summary, detail, ...more };
}

export function warning(
  code: string,
  summary: string,
  detail: string,
  more: Pick<Diagnostic, 'at' | 'help'> = {},
): Diagnostic {
  return { severity: 'warning', code, summary, detail, ...more };
}

export function note(
  code: string,
  summary: string,
  detail: string,
  more: Pick<Diagnostic, 'at' | 'help'> = {},
): Diagnostic {
  return { severity: 'note', code, summary, detail, ...more };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((one) => one.severity === 'error');
}

/** Exit codes of the command line, a contract (docs/cli.md). */
export const exitCode = {
  done: 0,
  usage: 1,
  pending: 2,
  /** A prerequisite or guard was not met and nothing was touched. */
  refused: 3,
  /** Failed part-way, or with an outcome that could not be learned: something was touched. */
  failed: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
