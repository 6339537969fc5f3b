/** The second stage: one open connection to each node, or none at all. */
import { type Diagnostic, type ExitCode, error, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import { clusterShapes } from '../kinds/cluster/secret.ts';
import { secretShapes } from '../kinds/drbd/secret.ts';
import { heartbeatShapes } from '../kinds/heartbeat/things.ts';
import { chapShapes } from '../kinds/iscsi.ts';
import type { Node, Site } from '../kinds/site.ts';
import { type Connections, observeDeadlineSeconds } from '../observe/observe.ts';
import { formatSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import type { Transport } from '../transport/connection.ts';
import { recordingTransport } from '../transport/record.ts';
import { type Secrets, secretsOf } from '../transport/secrets.ts';
import { sshTransport } from '../transport/ssh.ts';
import { count } from '../view/wrap.ts';
import { loadSite } from './site.ts';

/** How the nodes of a site are reached; connects to nothing by itself. */
export interface Reach {
  readonly transport: Transport;
  readonly secrets: Secrets;
}

/** From here on, whatever is printed has the secrets' values hidden. */
export function reachOf(session: Session, site: Site, acceptNewHostKeys = false): Reach {
  const secrets = secretsOf(
    site.secrets,
    new Map([...secretShapes(site), ...chapShapes(site), ...clusterShapes(site), ...heartbeatShapes(site)]),
  );
  session.hide(secrets.redact);
  return { secrets, transport: session.io.transport ?? sshTransport({ secrets, acceptNewHostKeys }) };
}

export interface Line {
  readonly connections: Connections;
  close(): void;
}

/** All nodes at once. When one cannot be reached, all are told and the others are left. */
export async function connect(transport: Transport, nodes: readonly Node[], around?: Around): Promise<Result<Line>> {
  const { line, diagnostics } = await connectEach(transport, nodes, around);
  if (line.connections.size === nodes.length) return ok(line, diagnostics);
  line.close();
  return failed(...diagnostics);
}

/** A line to those that can be reached, and what kept the others from it. */
export async function connectEach(
  transport: Transport,
  nodes: readonly Node[],
  around?: Around,
): Promise<{ readonly line: Line; readonly diagnostics: readonly Diagnostic[] }> {
  const tried = await Promise.all(nodes.map(async (node) => ({ node, got: await transport.connect(node) })));
  const connections = new Map(tried.flatMap(({ node, got }) => (got.ok ? [[node.name, got.value] as const] : [])));
  const diagnostics = tried.flatMap(({ node, got }) => got.diagnostics.map((one) => about(node, one)));
  const close = (): void => {
    for (const connection of connections.values()) connection.close();
  };
  const unreached = nodes.map(({ name }) => name).filter((name) => !connections.has(name));
  return { line: { connections, close }, diagnostics: advised(diagnostics, around?.(unreached)) };
}

/** What whoever asks can say of nodes that are out of reach: what was done to them, and the way to do without them. */
export type Around = (unreached: readonly NodeName[]) => string;

export const untouched: Around = () => 'Nothing was touched.';

/** Said once, at the last of the errors. */
function advised(diagnostics: readonly Diagnostic[], advice: string | undefined): readonly Diagnostic[] {
  const last = diagnostics.findLastIndex(({ severity }) => severity === 'error');
  return diagnostics.map((one, at) =>
    at === last && advice !== undefined ? { ...one, help: [one.help ?? '', advice].join(' ').trim() } : one,
  );
}

/** The transport speaks of hosts and ports; a person knows the node by its name. */
function about({ name }: Node, one: Diagnostic): Diagnostic {
  return { ...one, detail: `${name}: ${one.detail}` };
}

/** For people who wait for facts. */
export function askingText(nodes: number): string {
  return `asking ${count(nodes, 'node')}, at most ${formatSeconds(observeDeadlineSeconds)}`;
}

/** For the verbs that only look: the inventory, then a line to the nodes that were named, or to all. */
export async function openLine(session: Session, names: readonly string[], options: LineOptions): Promise<OpenedLine> {
  const loaded = await loadSite(session);
  if (!loaded.ok) return { ok: false, code: exitCode.usage, diagnostics: loaded.diagnostics };
  const { site } = loaded.value;
  const strange = names.filter((name) => !Object.hasOwn(site.nodes, name));
  if (strange.length > 0)
    return { ok: false, code: exitCode.usage, diagnostics: strange.map((name) => noSuchNode(name, site)) };
  const nodes = Object.values(site.nodes).filter(({ name }) => names.length === 0 || names.includes(name));
  const reach = reachOf(session, site, options.acceptNewHostKeys);
  const { transport, warnings } = await recorded(reach, site, options.record);
  const line = await session
    .screen()
    .meanwhile(`reaching ${count(nodes.length, 'node')}`, connect(transport, nodes, untouched));
  const diagnostics = [...loaded.diagnostics, ...warnings, ...line.diagnostics];
  if (!line.ok) return { ok: false, code: exitCode.refused, diagnostics };
  return { ok: true, site, line: line.value, diagnostics };
}

export interface LineOptions {
  readonly acceptNewHostKeys?: boolean | undefined;
  /** A folder that keeps the raw conversation. */
  readonly record?: string | undefined;
}

/** What is kept is redacted by value: a secret that cannot be read here cannot be found there, and that is said. */
async function recorded(
  { transport, secrets }: Reach,
  site: Site,
  folder: string | undefined,
): Promise<{ transport: Transport; warnings: readonly Diagnostic[] }> {
  if (folder === undefined) return { transport, warnings: [] };
  const loaded = await secrets.load(Object.keys(site.secrets));
  const warnings = loaded.diagnostics.map((one) => ({ ...one, severity: 'warning' as const }));
  return { transport: recordingTransport(transport, folder, secrets.redact), warnings };
}

export type OpenedLine =
  | { readonly ok: true; readonly site: Site; readonly line: Line; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly code: ExitCode; readonly diagnostics: readonly Diagnostic[] };

export function noSuchNode(name: string, site: Site): Diagnostic {
  return error('usage/unknown-node', 'There is no such node', `The inventory has no node \`${name}\`.`, {
    help: `Its nodes are ${Object.keys(site.nodes).join(', ')}.`,
  });
}
