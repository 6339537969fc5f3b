/** `sanctl render [INVENTORY] --out DIR`: every generated file, to look at or to compare; needs no network. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

export function renderVerb(session: Session): void {
  session.program
    .command('render')
    .description('write every generated file under DIR/NODE/its/path; needs no network')
    .helpGroup('Build:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .requiredOption('--out <DIR>', 'a folder that is new, empty, or was made by `sanctl render`')
    .action(async (path, { out }) => session.finish(await render(session, path, out)));
}

async function render(session: Session, path: string | undefined, out: string): Promise<ExitCode> {
  const { planFor } = await import('../stages/planning.ts');
  const { writeRendered } = await import('../stages/rendered.ts');
  const screen = session.screen();
  const made = await planFor(session, path, { offline: true });
  if (!made.ok) {
    screen.report(made.diagnostics);
    return made.code;
  }
  screen.report([...made.warnings, ...made.plan.diagnostics]);
  const written = await writeRendered(out, made.plan);
  screen.report(written.diagnostics);
  if (!written.ok) return exitCode.refused;
  for (const file of written.value) screen.print(`${file}\n`);
  return exitCode.done;
}
