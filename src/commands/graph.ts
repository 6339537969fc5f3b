/** `sanctl graph`: the site as a picture, by the inventory alone; with `--without`, what the death of a node would take along. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import { Option, type Session, together } from '../session/program.ts';
import type { PictureFormat } from '../view/picture.ts';

const formats = ['svg', 'mermaid', 'dot'] as const satisfies readonly PictureFormat[];

interface Options {
  readonly format: PictureFormat;
  readonly without?: readonly string[] | undefined;
}

export function graphVerb(session: Session): void {
  session.program
    .command('graph')
    .description('the site as a picture: nodes, slices, mirrors, exports, arrays, VMs; needs no network')
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .addOption(formatOption())
    .option('--without <NODE>', 'mark what would be lost or go on degraded if this node died; once for each', together)
    .action(async (path, options) => session.finish(await graph(session, path, options)));
}

export function formatOption() {
  return new Option('--format <FORMAT>', 'what to print the picture as').choices(formats).default('svg');
}

async function graph(session: Session, path: string | undefined, { format, without = [] }: Options): Promise<ExitCode> {
  const [{ loadSite }, { noSuchNode }, { sitePicture }, { pictureText }] = await Promise.all([
    import('../stages/site.ts'),
    import('../stages/line.ts'),
    import('../picture/site.ts'),
    import('../view/picture.ts'),
  ]);
  const screen = session.screen();
  const loaded = await loadSite(session, path);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const { site } = loaded.value;
  const strange = without.filter((name) => !Object.hasOwn(site.nodes, name));
  screen.report(strange.map((name) => noSuchNode(name, site)));
  if (strange.length > 0) return exitCode.usage;
  screen.print(pictureText(sitePicture(site, new Set(without)), format));
  return exitCode.done;
}
