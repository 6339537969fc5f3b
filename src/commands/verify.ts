/** `sanctl verify`: whether all is as the inventory says, and well; for people, cron and monitors. */
import { type Diagnostic, type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import { type Session, together } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';

interface Options extends OverviewOptions {
  readonly ignore?: readonly string[] | undefined;
}

export function verifyVerb(session: Session): void {
  session.program
    .command('verify')
    .description('what differs from the inventory, what it does not name, and what is not safe; changes nothing')
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--ignore <CODE>', 'leave out findings of this code, `undeclared/volume`; once for each', together)
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await verify(session, path, options)));
}

async function verify(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const screen = session.screen(options);
  const ignore = options.ignore ?? [];
  const wrong = ignore.filter((code) => !/^[A-Za-z-]+\/[a-z-]+$/.test(code)).map(noCode);
  screen.report(wrong);
  if (wrong.length > 0) return exitCode.usage;
  const [{ decide }, { sighted }, { ground }, found, { kinds }, { verifiedText }] = await Promise.all([
    import('../stages/deciding.ts'),
    import('../stages/eye.ts'),
    import('../health/ground.ts'),
    import('../health/verify.ts'),
    import('../kinds/registry.ts'),
    import('../view/verified.ts'),
  ]);
  const code = await sighted(session, path, options, async (eye, _clock, { secrets }, files): Promise<ExitCode> => {
    const sight = await screen.meanwhile('asking all nodes', eye.look());
    const { site, facts } = sight;
    const loaded = await secrets.load(Object.keys(site.secrets));
    const without = Object.keys(site.nodes).filter((node) => !facts.has(node));
    const choices = { only: [], without, allowDestroy: [], adopt: [], waitSync: false };
    const question = { site, facts, options: choices, offline: false };
    const verified = decide(question, secrets, files, (input) => ok(found.verify(input, ground(kinds, sight), sight)));
    if (!verified.ok) {
      screen.report(verified.diagnostics);
      return exitCode.refused;
    }
    const all = [...verified.value.findings, ...loaded.diagnostics.map(unread)];
    const findings = all.filter((one) => !ignore.includes(one.code));
    const counted = {
      site: site.name,
      things: verified.value.things,
      nodes: facts.size,
      unseen: without,
      ignored: all.length - findings.length,
    };
    if (options.json !== true) screen.print(verifiedText({ ...counted, findings }, screen.page));
    else {
      for (const finding of findings) screen.json({ version: 1, type: 'finding', ...finding });
      screen.json({ version: 1, type: 'verified', ...counted, findings: findings.length });
    }
    return findings.length === 0 ? exitCode.done : exitCode.pending;
  });
  return code ?? exitCode.usage;
}

/** Without its value, nobody can tell whether a file that holds it is as it should be. */
function unread(one: Diagnostic): Diagnostic {
  return { ...one, severity: 'warning' };
}

function noCode(word: string): Diagnostic {
  return error('usage/bad-option', 'An option has a value that means nothing', `\`--ignore ${word}\``, {
    help: 'It takes the code of a finding, as it stands in brackets beside it: `undeclared/volume`. docs/diagnostics.md lists all.',
  });
}
