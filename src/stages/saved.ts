/** A plan that was saved: written for `plan -o`, read again for `apply`. */
import { access, constants, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ExitCode, error, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import { parsePlan, planText } from '../plan/save.ts';
import { isSaved } from '../session/again.ts';
import type { Session } from '../session/program.ts';
import { writeFileAtomic } from '../transport/files.ts';
import { connect, reachOf, untouched } from './line.ts';
import type { Planned } from './planning.ts';

/** Asked before anything else: a plan that took minutes should not fall at its last line. */
export async function canSave(path: string): Promise<Result<undefined>> {
  if (!isSaved(path)) return failed(badName(path));
  try {
    await access(dirname(path), constants.W_OK);
    return ok(undefined);
  } catch (cause) {
    return failed(notSaved(cause));
  }
}

function badName(path: string) {
  return error('usage/bad-option', 'An option has a value that means nothing', `\`--out ${path}\``, {
    help: 'Name it `*.json`, so that `sanctl apply` knows it for a plan.',
  });
}

function notSaved(cause: unknown) {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return error('plan/not-saved', 'The plan could not be saved', detail, {
    help: 'Name a file with `--out` in a folder that is there and that you may write.',
  });
}

/** Only its owner may read it: it tells what stands on the nodes. */
export async function savePlan(path: string, plan: Plan): Promise<Result<undefined>> {
  try {
    await writeFileAtomic(path, planText(plan), 0o600);
    return ok(undefined);
  } catch (cause) {
    return failed(notSaved(cause));
  }
}

/** Read and connected; whether the world is still as it was is asked under the nodes' locks (C4). */
export async function openSaved(session: Session, path: string, acceptNewHostKeys: boolean): Promise<Planned> {
  const read = await readPlan(path);
  if (!read.ok) return refuse(exitCode.usage, read);
  const plan = read.value;
  // It does not say where its inventory is, and the default may be another one.
  session.about(session.inventoryOption() ?? 'INVENTORY');
  const reach = reachOf(session, plan.site, acceptNewHostKeys);
  const line = await connect(
    reach.transport,
    Object.values(plan.site.nodes).filter(({ name }) => name in plan.facts),
    untouched,
  );
  if (!line.ok) return refuse(exitCode.refused, line);
  return { ok: true, plan, warnings: line.diagnostics, reach, line: line.value };
}

async function readPlan(path: string): Promise<Result<Plan>> {
  try {
    const read = parsePlan(await readFile(path, 'utf8'), path);
    return read.ok && read.value.offline ? failed(madeOffline(path)) : read;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    return failed(error('plan/unreadable', 'The saved plan cannot be used', (cause as Error).message));
  }
}

function madeOffline(path: string) {
  return error(
    'plan/offline',
    'An offline plan cannot be applied',
    `${path} was made for blank nodes; nobody looked at what is really there.`,
    {
      help: 'Plan again without `--offline`.',
    },
  );
}

function refuse(code: ExitCode, { diagnostics }: Result<unknown>): Planned {
  return { ok: false, code, diagnostics };
}
