/** What a program on a machine answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function say(...lines: readonly string[]): Answer {
  return { code: 0, stdout: text(lines), stderr: '' };
}

export function fail(code: number, ...lines: readonly string[]): Answer {
  return { code, stdout: '', stderr: text(lines) };
}

export const silent: Answer = { code: 0, stdout: '', stderr: '' };

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Sanctl asked something that was never seen on a real machine: the model has no answer, and invents none. */
export class UnknownCommand extends Error {}

/** The machine lost its power, or the command its life, in the middle of something. */
export class Killed extends Error {}
