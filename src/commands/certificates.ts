/** `sanctl certificates …`: what exports with `tls: mutual` prove themselves with, made on this machine. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { NbdExport } from '../kinds/site/exports.ts';
import type { Site } from '../kinds/site.ts';
import type { Session } from '../session/program.ts';

export function certificatesVerb(session: Session): void {
  const certificates = session.program
    .command('certificates')
    .description('certificates of exports with `tls: mutual`, beside the inventory')
    .helpGroup('Build:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  certificates
    .command('make')
    .description('make those that are missing; touches no node')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .action(async (path) => session.finish(await make(session, path)));
  certificates
    .command('rotate')
    .description('make all of one export anew, with a new authority; the next apply brings them to the nodes')
    .argument('<EXPORT>', 'an export of the inventory')
    .action(async (name) => session.finish(await rotate(session, name)));
}

async function make(session: Session, path: string | undefined): Promise<ExitCode> {
  const [{ loadSite }, { makeCertificates }] = await Promise.all([
    import('../stages/site.ts'),
    import('../transport/certificates.ts'),
  ]);
  const screen = session.screen();
  const loaded = await loadSite(session, path);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const { site } = loaded.value;
  let made = 0;
  for (const one of encrypted(site)) {
    const got = await makeCertificates(site.certificates, wishOf(one));
    screen.report(got.diagnostics);
    if (!got.ok) return exitCode.failed;
    for (const node of got.value) screen.print(`made ${site.certificates}/${one.name}/${node}.pem\n`);
    made += got.value.length;
  }
  if (made === 0) screen.print('Nothing is missing.\n');
  return exitCode.done;
}

async function rotate(session: Session, name: string): Promise<ExitCode> {
  const [{ loadSite }, { rotateCertificates }] = await Promise.all([
    import('../stages/site.ts'),
    import('../transport/certificates.ts'),
  ]);
  const screen = session.screen();
  const loaded = await loadSite(session);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const { site } = loaded.value;
  const one = encrypted(site).find((exported) => exported.name === name);
  if (one === undefined) {
    const help = `Those with \`tls: mutual\` are ${
      encrypted(site)
        .map((each) => each.name)
        .join(', ') || 'none'
    }.`;
    screen.report([error('usage/unknown-export', 'There is no such export', `\`${name}\`.`, { help })]);
    return exitCode.usage;
  }
  const got = await rotateCertificates(site.certificates, wishOf(one));
  screen.report(got.diagnostics);
  if (!got.ok) return exitCode.failed;
  const text = `New certificates of ${name} are in ${site.certificates}/${name}. Connections that stand go on; \`sanctl apply\` brings them to the nodes.`;
  screen.print(`${session.named(text)}\n`);
  return exitCode.done;
}

function encrypted(site: Site): readonly NbdExport[] {
  return Object.values(site.exports).flatMap((one) => (one.via !== 'iscsi' && one.tls === 'mutual' ? [one] : []));
}

function wishOf({ name, from, to }: NbdExport) {
  return { name, server: from, clients: to };
}
