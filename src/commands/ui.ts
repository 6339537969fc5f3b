/** `sanctl ui`: the site in a browser on this machine: how everything is, what a plan would do, what ran. It only reads. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';
import type { Served } from '../web/server.ts';

interface Options extends OverviewOptions {
  readonly port: number;
}

export function uiVerb(session: Session): void {
  session.program
    .command('ui')
    .description('the site in a browser on this machine, until Ctrl-C: state, plan and journal; it only reads')
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--port <N>', 'on which port of 127.0.0.1; 0 is any that is free', Number, 0)
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print the address as JSON')
    .action(async (path, options) => session.finish(await ui(session, path, options)));
}

async function ui(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const screen = session.screen(options);
  if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535) {
    const detail = '`--port` takes a number up to 65535; 0 is any that is free.';
    screen.report([error('usage/bad-option', 'An option has a value that means nothing', detail)]);
    return exitCode.usage;
  }
  const [{ sighted }, { sitePages }, { serve }] = await Promise.all([
    import('../stages/eye.ts'),
    import('../stages/site-pages.ts'),
    import('../web/server.ts'),
  ]);
  const code = await sighted(session, path, options, async (eye, clock, reach) => {
    const served = await serve(options.port, sitePages(session, path, eye, clock, reach)).catch(
      (problem: Error) => problem,
    );
    if (served instanceof Error) {
      screen.report([noPort(options.port, served)]);
      return exitCode.refused;
    }
    if (options.json === true) screen.json({ version: 1, type: 'ui', address: served.address });
    else screen.print(`${served.address}\nOpen it on this machine; whoever has this address may look. Ctrl-C ends.\n`);
    return untilInterrupted(session, served);
  });
  return code ?? exitCode.usage;
}

/** Ctrl-C is its proper end. */
async function untilInterrupted(session: Session, served: Served): Promise<ExitCode> {
  const undo = await new Promise<() => void>((resolve) => {
    const stop = session.io.onInterrupt(() => resolve(stop));
  });
  undo();
  await served.close();
  return exitCode.done;
}

function noPort(port: number, problem: Error) {
  return error('ui/no-port', 'The port could not be opened', `127.0.0.1:${port}: ${problem.message}`, {
    help: 'Name another one with `--port`, or none.',
  });
}
