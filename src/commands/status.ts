/** `sanctl status`: the whole site on one screen, the worst first; `--watch` keeps it up to date. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { StatusOptions } from '../stages/showing.ts';

export function statusVerb(session: Session): void {
  session.program
    .command('status')
    .description('how everything is: nodes, mirrors, exports, arrays, VMs, what is under way; what is wrong on top')
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--watch', 'look again and again until Ctrl-C; where there is no terminal, a line for each change')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await status(session, path, options)));
}

/** Fails where something is not as it should be, or could not be read: for scripts that watch. */
async function status(session: Session, path: string | undefined, options: StatusOptions): Promise<ExitCode> {
  const [{ sighted }, { once, watch }] = await Promise.all([
    import('../stages/eye.ts'),
    import('../stages/showing.ts'),
  ]);
  const show = options.watch === true ? watch : once;
  const code = await sighted(session, path, options, (eye, clock) => show(session, eye, clock, options));
  return code ?? exitCode.usage;
}
