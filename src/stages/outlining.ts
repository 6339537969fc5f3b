/** A look at all nodes, and the outline of a pair's way from DRBD 8.4 to 9, or what speaks against it. */
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import { type Outline, upgradeOutline } from '../kinds/drbd/upgrade.ts';
import { worldOf } from '../plan/make.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import { decide } from './deciding.ts';
import { noSuchNode, reachOf } from './line.ts';
import { look } from './looking.ts';
import { loadSite } from './site.ts';

interface Options {
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

/** With a reason to end, which was reported. */
export async function outlined(
  session: Session,
  pair: readonly [NodeName, NodeName],
  options: Options,
): Promise<{ readonly outline: Outline } | { readonly exit: ExitCode }> {
  const screen = session.screen(options);
  const loaded = await loadSite(session);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return { exit: exitCode.usage };
  const { site, files } = loaded.value;
  const strangers = pair.filter((name) => site.nodes[name] === undefined);
  const wrong = [
    ...strangers.map((name) => noSuchNode(name, site)),
    ...(pair[0] === pair[1] ? [sameNode(pair[0])] : []),
  ];
  screen.report(wrong);
  if (wrong.length > 0) return { exit: exitCode.usage };
  const reach = reachOf(session, site, options.acceptNewHostKeys);
  const seen = await look(session, site, Object.values(site.nodes), reach, () => 'An outline rests on all nodes.');
  screen.report(seen.diagnostics);
  if (!seen.ok) return { exit: exitCode.refused };
  seen.value.line.close();
  const { facts, answers } = seen.value;
  const question = { site, facts, answers, options: noChoices, offline: false };
  const made = decide(question, reach.secrets, files, (input) => upgradeOutline(...pair, worldOf(input, site)));
  screen.report(made.diagnostics);
  return made.ok ? { outline: made.value } : { exit: exitCode.refused };
}

const noChoices = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };

function sameNode(name: NodeName): Diagnostic {
  return error('usage/same-node', 'A pair is two nodes', `\`${name}\` is named twice.`, {
    help: 'Name the two nodes that have mirrors with each other.',
  });
}
