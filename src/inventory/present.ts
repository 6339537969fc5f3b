/** Diagnostics as they are handed out: in the order of reading, and without a line that may hold a secret. */
import type { Diagnostic, Place } from '../diagnostic.ts';

/** By file, line and column; what is about no place comes first. */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): readonly Diagnostic[] {
  const ranks = new Map(files.map((file, at) => [file, at]));
  const rank = (at: Place | undefined): number => (at === undefined ? -1 : (ranks.get(at.file) ?? 0));
  return diagnostics.toSorted(
    ({ at: one }, { at: other }) =>
      rank(one) - rank(other) || (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0),
  );
}

/** A line that one diagnostic does not show is shown by none: what is wrong beside a secret would give it away. */
export function conceal(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const line = (at: Place): string => `${at.line} ${at.file}`;
  const hidden = new Set(
    diagnostics.flatMap(({ at }) => (at !== undefined && at.text === undefined ? [line(at)] : [])),
  );
  return diagnostics.map((one) =>
    one.at !== undefined && hidden.has(line(one.at)) ? { ...one, at: withoutText(one.at) } : one,
  );
}

export function withoutText({ file, line, column }: Place): Place {
  return { file, line, column };
}
