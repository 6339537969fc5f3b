/** `sanctl why THING`: what is wrong with it, why, by what was read, and what would mend it. It only reads. */
import { type Diagnostic, type ExitCode, exitCode } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import type { Subject } from '../why/subject.ts';
import type { View } from '../why/view.ts';

interface Options {
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function whyVerb(session: Session): void {
  session.program
    .command('why')
    .description('why something is not as it should be: causes by evidence, and the commands that would mend each')
    .helpGroup('Look:')
    .argument('<THING>', 'a volume, VM, node, export or array of the inventory: `web-root`, or `volume/web-root`')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (word, options) => session.finish(await why(session, word, options)));
}

async function why(session: Session, word: string, options: Options): Promise<ExitCode> {
  const [{ loadSite }, { nameOf, subjectCalled }, { explanationText }] = await Promise.all([
    import('../stages/site.ts'),
    import('../why/subject.ts'),
    import('../view/why.ts'),
  ]);
  const screen = session.screen(options);
  const loaded = await loadSite(session);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const { site } = loaded.value;
  const called = subjectCalled(word, site);
  screen.report(called.diagnostics);
  if (!called.ok) return exitCode.usage;
  const { findings, away, diagnostics } = await investigate(session, site, called.value, options);
  const about = nameOf(called.value);
  if (options.json === true) {
    for (const one of findings)
      screen.json({ version: 1, type: 'why', asked: about, ...one, about: nameOf(one.about) });
    if (findings.length === 0) screen.json({ version: 1, type: 'why', asked: about, code: 'well' });
  } else screen.print(explanationText(about, findings, session.named, screen.page));
  screen.report(diagnostics);
  if (away) return exitCode.refused;
  return findings.length > 0 ? exitCode.pending : exitCode.done;
}

/** The facts of all nodes at once; then, where something is wrong, one more question to those that it is about. */
async function investigate(session: Session, site: Site, subject: Subject, options: Options) {
  const [{ askingText, connectEach, reachOf }, { kinds }, { observe }, { asksOf, explain, statesOf }] =
    await Promise.all([
      import('../stages/line.ts'),
      import('../kinds/registry.ts'),
      import('../observe/observe.ts'),
      import('../why/explain.ts'),
    ]);
  const screen = session.screen(options);
  const nodes = Object.values(site.nodes);
  const { transport } = reachOf(session, site, options.acceptNewHostKeys);
  const { line, diagnostics } = await screen.meanwhile('reaching the nodes', connectEach(transport, nodes));
  const asking = [...line.connections].map(async (one) => ({
    node: one[0],
    seen: await observe(kinds, site, new Map([one])),
  }));
  const answers = await screen.meanwhile(askingText(asking.length), Promise.all(asking));
  const problems = [...diagnostics, ...answers.flatMap(({ seen }) => seen.diagnostics)];
  const facts = new Map(answers.flatMap(({ seen }) => (seen.ok ? [...seen.value.facts] : [])));
  const unreached = new Map(
    nodes.filter(({ name }) => !facts.has(name)).map(({ name }) => [name, reasonFor(name, problems)]),
  );
  const view: View = { site, facts, unreached, answers: new Map() };
  const states = statesOf(subject, view);
  const asks = asksOf(states, view);
  const further = [...asks].flatMap(([node, probes]) => {
    const connection = line.connections.get(node);
    return connection === undefined
      ? []
      : [observe([], site, new Map([[node, connection]]), new Map([[node, probes]]))];
  });
  const said = await screen.meanwhile(askingText(further.length), Promise.all(further));
  line.close();
  const more = new Map(said.flatMap((one) => (one.ok ? [...one.value.answers] : [])));
  return {
    findings: explain(states, { ...view, answers: more }),
    away: states.some(({ code }) => code === 'unreached' || code === 'unreadable'),
    diagnostics: [...problems, ...said.flatMap((one) => one.diagnostics)],
  };
}

/** What the transport said of it: `bravo: connect ECONNREFUSED …`. */
function reasonFor(node: NodeName, problems: readonly Diagnostic[]): string {
  const own = problems.find(({ detail }) => detail.startsWith(`${node}: `) || detail.includes(` on ${node} `));
  return own === undefined ? 'it did not answer' : `${own.summary}: ${own.detail.replace(`${node}: `, '')}`;
}
