/** `sanctl verify`: whether all is as the inventory says, and well; for people, cron and monitors. `--online` compares mirrors. */
import { type Diagnostic, type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import { parseSeconds } from '../quantity.ts';
import { type Session, together } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';

interface Options extends OverviewOptions {
  readonly ignore?: readonly string[] | undefined;
  readonly online?: true | undefined;
  readonly only?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
}

export function verifyVerb(session: Session): void {
  session.program
    .command('verify')
    .description(
      'what differs from the inventory, what it does not name, and what is not safe; `--online` compares mirrors',
    )
    .helpGroup('Look:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--ignore <CODE>', 'leave out findings of this code, `undeclared/volume`; once for each', together)
    .option(
      '--online',
      'let DRBD compare the sides of all mirrors, block by block, while they are used: marks what differs; nothing is copied',
    )
    .option('--only <SELECTOR>', 'with `--online`: these mirrors, `drbd/web-root` or `@alpha`; once for each', together)
    .option('--timeout <TIME>', 'with `--online`: for how long it is waited for; default: 2880min')
    .option('--yes', 'with `--online`: do not ask')
    .option('--dry-run', 'with `--online`: show the plan and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await which(session, path, options)));
}

async function which(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const { online, ignore, only, timeout, yes, dryRun } = options;
  const misplaced = Object.entries(online === true ? { ignore } : { only, timeout, yes, 'dry-run': dryRun })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => notHere(name, online === true));
  const timeoutSeconds = parseSeconds(timeout ?? '2880min');
  const wrong = [...misplaced, ...(timeoutSeconds === undefined ? [noTime(timeout)] : [])];
  session.screen(options).report(wrong);
  if (wrong.length > 0 || timeoutSeconds === undefined) return exitCode.usage;
  if (online !== true) return verify(session, path, options);
  const { compareOnline } = await import('../stages/comparing.ts');
  return compareOnline(session, path, { ...options, timeoutSeconds });
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

function notHere(name: string, online: boolean): Diagnostic {
  const detail = online ? `\`--${name}\` is not for \`--online\`.` : `\`--${name}\` is for \`--online\` alone.`;
  return error('usage/bad-option', 'An option has a value that means nothing', detail);
}

function noTime(word: string | undefined): Diagnostic {
  const detail = `\`--timeout\` takes a time such as 30min, and got \`${word}\`.`;
  return error('usage/bad-option', 'An option has a value that means nothing', detail);
}

function noCode(word: string): Diagnostic {
  return error('usage/bad-option', 'An option has a value that means nothing', `\`--ignore ${word}\``, {
    help: 'It takes the code of a finding, as it stands in brackets beside it: `undeclared/volume`. docs/diagnostics.md lists all.',
  });
}
