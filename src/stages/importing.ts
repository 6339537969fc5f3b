/** The stages of an import: lines, looks, a plan of the draft; and the new file. */
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { importNodes, siteOfNodes } from '../adopt/import.ts';
import type { Settled } from '../adopt/settle.ts';
import { type Diagnostic, type ExitCode, error, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import { readInventory } from '../inventory/index.ts';
import { kinds } from '../kinds/registry.ts';
import type { Node } from '../kinds/site.ts';
import type { Session } from '../session/program.ts';
import { count } from '../view/wrap.ts';
import { decide } from './deciding.ts';
import { connect, reachOf, untouched } from './line.ts';

export type Imported =
  | { readonly ok: true; readonly settled: Settled; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly code: ExitCode; readonly diagnostics: readonly Diagnostic[] };

export async function importOver(
  session: Session,
  targets: readonly Node[],
  {
    out = 'inventory.yaml',
    acceptNewHostKeys,
  }: { readonly out?: string | undefined; readonly acceptNewHostKeys?: boolean | undefined },
): Promise<Imported> {
  const screen = session.screen();
  const { transport } = reachOf(session, siteOfNodes(targets), acceptNewHostKeys);
  const nodes = count(targets.length, 'node');
  const line = await screen.meanwhile(`reaching ${nodes}`, connect(transport, targets, untouched));
  if (!line.ok) return { ok: false, code: exitCode.refused, diagnostics: line.diagnostics };
  const options = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };
  const work = importNodes(targets, line.value.connections, {
    kinds,
    read: (text) => readInventory(text, out, resolve(dirname(out))),
    async decide(site, facts, make) {
      const { secrets } = reachOf(session, site);
      // What is missing is said where it matters.
      await secrets.load(Object.keys(site.secrets));
      return decide({ site, facts, options, offline: false }, secrets, [out], make);
    },
  });
  const settled = await screen.meanwhile(`asking ${nodes}`, work).finally(() => line.value.close());
  const diagnostics = [...line.diagnostics, ...settled.diagnostics];
  return settled.ok
    ? { ok: true, settled: settled.value, diagnostics }
    : { ok: false, code: exitCode.refused, diagnostics };
}

/** Never over another one: the inventory that is there may be the one that counts. */
export async function writeNew(path: string, text: string): Promise<Result<undefined>> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o644 });
    return ok(undefined);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return failed(
      error('adopt/not-written', 'The inventory could not be written', detail, {
        help: 'Name a new file with `--out`, in a folder that is there and that you may write.',
      }),
    );
  }
}
