/** All facts of all nodes: one connection and one round trip for each, all at once. */
import { randomBytes } from 'node:crypto';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { Probe, ProbeOutputs } from '../shell/command.ts';
import { parseObserved } from '../shell/observe.ts';
import type { Observe } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Connection } from '../transport/connection.ts';
import { factsOf, probesOf } from './facts.ts';

export type Connections = ReadonlyMap<NodeName, Connection>;

/** Seconds that all probes of a node together may take before the answer is unknown; each probe has its own limit within. */
export const observeDeadlineSeconds = 300;

/** The facts of every node, or a diagnostic for each that did not answer: a node half known is not known. */
export async function observe(
  kinds: readonly Kind[],
  site: Site,
  connections: Connections,
): Promise<Result<ReadonlyMap<NodeName, NodeFacts>>> {
  const answers = await Promise.all(
    [...connections].map(async ([node, connection]) => ({
      node,
      answer: await ask(connection, probesOf(kinds, site, node)),
    })),
  );
  const diagnostics = answers.flatMap(({ answer }) => answer.diagnostics);
  if (answers.some(({ answer }) => !answer.ok)) return failed(...diagnostics);
  const facts = answers.flatMap(({ node, answer }) =>
    answer.ok ? [[node, factsOf(kinds, site, node, answer.value)] as const] : [],
  );
  return ok(new Map(facts), diagnostics);
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
