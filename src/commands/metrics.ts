/** `sanctl metrics`: how everything is, for Prometheus. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';

export function metricsVerb(session: Session): void {
  session.program
    .command('metrics')
    .description('how everything is, in the text format of Prometheus')
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .action(async (path, options) => session.finish(await metrics(session, path, options)));
}

/** Done is that it was told, however ill it is. */
async function metrics(session: Session, path: string | undefined, options: OverviewOptions): Promise<ExitCode> {
  const [{ sighted }, { ground }, { metricsText }, { kinds }] = await Promise.all([
    import('../stages/eye.ts'),
    import('../health/ground.ts'),
    import('../health/metrics.ts'),
    import('../kinds/registry.ts'),
  ]);
  const screen = session.screen();
  const code = await sighted(session, path, options, async (eye) => {
    const sight = await screen.meanwhile('asking all nodes', eye.look());
    screen.print(metricsText(sight.site.name, ground(kinds, sight)));
    return exitCode.done;
  });
  return code ?? exitCode.usage;
}
