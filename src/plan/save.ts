/** A plan as text and back. A file that is not a plan of this version is refused with what is wrong with it. */
import { error, failed, ok, type Result } from '../diagnostic.ts';
import { digest } from './digest.ts';
import type { Plan } from './plan.ts';

export function planText(plan: Plan): string {
  return `${JSON.stringify({ ...plan, digest: digest(plan) }, null, 1)}\n`;
}

/** The digest inside tells damage from change by hand: both are refused, since nobody has seen that plan shown. */
export function parsePlan(text: string, file: string): Result<Plan> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    return failed(badPlan(file, `it is not JSON: ${(cause as Error).message}`));
  }
  if (typeof data !== 'object' || data === null) return failed(badPlan(file, 'it is not an object'));
  const { digest: sealed, ...plan } = data as Plan & { digest?: unknown };
  if (plan.version !== 1)
    return failed(badPlan(file, `its version is ${String(plan.version)}; this sanctl reads version 1`));
  if (sealed !== digest(plan))
    return failed(badPlan(file, 'its contents do not match its digest: it was changed or damaged'));
  return ok(plan);
}

function badPlan(file: string, why: string) {
  return error('plan/unreadable', 'The saved plan cannot be used', `${file}: ${why}.`, {
    help: 'Make it again with `sanctl plan -o FILE`.',
  });
}
