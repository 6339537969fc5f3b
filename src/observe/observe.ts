/** All facts of all nodes: one connection and one round trip for each, all at once. */
import { randomBytes } from 'node:crypto';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { Asks } from '../kinds/verb.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { Probe, ProbeOutputs } from '../shell/command.ts';
import { parseObserved } from '../shell/observe.ts';
import type { Observe } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Connection } from '../transport/connection.ts';
import { eachOnce, factsOf, probesOf } from './facts.ts';

export type Connections = ReadonlyMap<NodeName, Connection>;

/** Seconds that all probes of a node together may take before the answer is unknown; each probe has its own limit within. */
export const observeDeadlineSeconds = 300;

export interface Observed {
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  /** To what was asked besides, by node. */
  readonly answers: ReadonlyMap<NodeName, ProbeOutputs>;
}

/** The facts of every node, or a diagnostic for each that did not answer: a node half known is not known. */
export async function observe(
  kinds: readonly Kind[],
  site: Site,
  connections: Connections,
  besides: Asks = new Map(),
): Promise<Result<Observed>> {
  const answers = await Promise.all(
    [...connections].map(async ([node, connection]) => {
      const more = besides.get(node) ?? [];
      return { node, more, answer: await ask(connection, eachOnce([...probesOf(kinds, site, node), ...more])) };
    }),
  );
  const diagnostics = answers.flatMap(({ answer }) => answer.diagnostics);
  if (answers.some(({ answer }) => !answer.ok)) return failed(...diagnostics);
  const said = answers.flatMap(({ node, more, answer }) => (answer.ok ? [{ node, more, outputs: answer.value }] : []));
  const facts = said.map(({ node, outputs }) => [node, factsOf(kinds, site, node, outputs)] as const);
  const besidesThat = said.map(({ node, more, outputs }) => [node, only(more, outputs)] as const);
  return ok({ facts: new Map(facts), answers: new Map(besidesThat) }, diagnostics);
}

function only(probes: readonly Probe[], outputs: ProbeOutputs): ProbeOutputs {
  const names = new Set(probes.map(({ name }) => name));
  return new Map([...outputs].filter(([name]) => names.has(name)));
}

export function observeScript(probes: readonly Probe[]): Observe {
  return { do: 'observe', probes, boundary: randomBytes(12).toString('hex') };
}

async function ask(connection: Connection, probes: readonly Probe[]): Promise<Result<ProbeOutputs>> {
  const script = observeScript(probes);
  const reply = await connection.run(script, { deadlineSeconds: observeDeadlineSeconds });
  if (reply.outcome === 'exited' && reply.code === 0) {
    return ok(parseObserved(script.boundary, reply.stdout, reply.stderr));
  }
  const why =
    reply.outcome === 'unknown'
      ? reply.why
      : `the shell ended with exit status ${reply.code}: ${reply.stderr.slice(-500)}`;
  return failed(noAnswer(connection.node, why));
}

function noAnswer(node: NodeName, why: string): Diagnostic {
  return error(
    'observe/no-answer',
    'A node did not answer',
    `What is on ${node} could not be read: ${why}. Nothing was touched.`,
    {
      help: `\`sanctl facts ${node}\` tries again; \`--without ${node}\` plans around it.`,
    },
  );
}
