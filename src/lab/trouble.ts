/**
 * Inside the lab an expected problem travels as an exception, because whatever is under way must be wound up on its
 * path; at the lab's border (index.ts) it is a value again.
 */
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';

export class Trouble extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(`${diagnostic.summary}: ${diagnostic.detail}`);
    this.diagnostic = diagnostic;
  }
}

export function trouble(code: string, summary: string, detail: string, help?: string): Trouble {
  return new Trouble(error(code, summary, detail, help === undefined ? {} : { help }));
}

/** Runs `work`; expected trouble becomes diagnostics, anything else stays an exception: it is our own mistake. */
export async function asResult<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (problem) {
    if (problem instanceof Trouble) return failed(problem.diagnostic);
    throw problem;
  }
}

/** Throws when the caller has asked to stop. */
export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw trouble('lab/interrupted', 'The lab was interrupted', 'what it had started is ended');
}
