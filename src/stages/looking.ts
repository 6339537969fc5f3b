/** The stage before every decision: what is on the nodes, and an open line to each of them. */
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { kinds, kindsNamed } from '../kinds/registry.ts';
import type { Node, Site } from '../kinds/site.ts';
import type { Asks } from '../kinds/verb.ts';
import type { KindName } from '../kinds/world.ts';
import { type Observed, observe } from '../observe/observe.ts';
import type { Session } from '../session/program.ts';
import { count } from '../view/wrap.ts';
import { type Around, askingText, connect, connectEach, type Line, type Reach } from './line.ts';

export interface Seen extends Observed {
  /** Who gets it closes it. */
  readonly line: Line;
}

/** What a look asks: facts of these kinds, of all unless given, and questions besides them. */
export interface Questions {
  readonly reads?: readonly KindName[] | undefined;
  readonly asks?: Asks;
}

/** A secret that cannot be read here is no reason not to look: a plan then cannot tell whether a file that holds it differs. `around`: as `connect` takes it. */
export async function look(
  session: Session,
  site: Site,
  nodes: readonly Node[],
  { transport, secrets }: Reach,
  around?: Around,
  { reads, asks }: Questions = {},
): Promise<Result<Seen>> {
  const screen = session.screen();
  const opening = Promise.all([connect(transport, nodes, around), secrets.load(Object.keys(site.secrets))]);
  const [line, loaded] = await screen.meanwhile(`reaching ${count(nodes.length, 'node')}`, opening);
  const warnings = loaded.diagnostics.map((one) => ({ ...one, severity: 'warning' as const }));
  if (!line.ok) return failed(...warnings, ...line.diagnostics);
  const asking = observe(kindsNamed(reads), site, line.value.connections, asks);
  const seen = await screen.meanwhile(askingText(nodes.length), asking);
  const diagnostics = [...warnings, ...line.diagnostics, ...seen.diagnostics];
  if (seen.ok) return ok({ ...seen.value, line: line.value }, diagnostics);
  line.value.close();
  return failed(...diagnostics);
}

/** Over a line that is open already; who opened it closes it. Undefined: it was lost, and another one may tell. */
export async function lookOver(
  session: Session,
  site: Site,
  line: Line,
  { reads, asks }: Questions,
): Promise<Result<Observed> | undefined> {
  const asking = observe(kindsNamed(reads), site, line.connections, asks);
  const seen = await session.screen().meanwhile(askingText(line.connections.size), asking);
  return seen.ok ? seen : undefined;
}

/** For those who only show what is: the facts of every node that answers, and what is wrong with the others. */
export async function lookAtEach(
  session: Session,
  site: Site,
  { transport }: Reach,
): Promise<{ readonly facts: Seen['facts']; readonly diagnostics: readonly Diagnostic[] }> {
  const screen = session.screen();
  const nodes = Object.values(site.nodes);
  const reaching = connectEach(transport, nodes);
  const { line, diagnostics } = await screen.meanwhile(`reaching ${count(nodes.length, 'node')}`, reaching);
  const asking = [...line.connections].map((one) => observe(kinds, site, new Map([one])));
  const answers = await screen.meanwhile(askingText(asking.length), Promise.all(asking));
  line.close();
  return {
    facts: new Map(answers.flatMap((one) => (one.ok ? [...one.value.facts] : []))),
    diagnostics: [...diagnostics, ...answers.flatMap((one) => one.diagnostics)],
  };
}
