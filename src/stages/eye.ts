/** Looks at a whole site, once or again and again: every node that answers, and what keeps the others from it. */
import { type Clock, realClock } from '../apply/clock.ts';
import { readJournal } from '../apply/journal.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Sight } from '../health/ground.ts';
import { kinds } from '../kinds/registry.ts';
import type { Node, Site } from '../kinds/site.ts';
import { observe } from '../observe/observe.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import type { Connection, Transport } from '../transport/connection.ts';
import { connectEach, type Reach, reachOf } from './line.ts';
import type { OverviewOptions } from './overview.ts';
import { loadSite } from './site.ts';

/** Opens an eye on the site of the inventory for as long as `work` lasts. Undefined: a mistake in the inventory, which was reported. */
export async function sighted<T>(
  session: Session,
  path: string | undefined,
  options: OverviewOptions,
  work: (eye: Eye, clock: Clock, reach: Reach, files: readonly string[]) => Promise<T>,
): Promise<T | undefined> {
  const loaded = await loadSite(session, path);
  if (!loaded.ok) {
    session.screen(options).report(loaded.diagnostics);
    return undefined;
  }
  const { site, files } = loaded.value;
  const clock = session.io.clock ?? realClock;
  const reach = reachOf(session, site, options.acceptNewHostKeys);
  const eye = openEye(site, reach.transport, () => clock.now());
  try {
    return await work(eye, clock, reach, files);
  } finally {
    eye.close();
    session.screen(options).report(eye.remarks);
  }
}

export interface Eye {
  readonly site: Site;
  look(): Promise<Sight>;
  /** What reaching the nodes brought with it: a key that was accepted. */
  readonly remarks: readonly Diagnostic[];
  close(): void;
}

/** `now`: seconds of a clock that only goes forward. */
function openEye(site: Site, transport: Transport, now: () => number): Eye {
  const lines = new Lines(transport);
  const nodes = Object.values(site.nodes);
  return {
    site,
    async look() {
      await lines.reach(nodes);
      const seconds = now();
      const answers = await Promise.all([...lines.open.values()].map((line) => ask(line, site)));
      for (const { node, facts, problems } of answers) if (facts === undefined) lines.lose(node, problems);
      return {
        site,
        seconds,
        facts: new Map(answers.flatMap(({ facts }) => (facts === undefined ? [] : [...facts]))),
        locks: new Map(answers.flatMap(({ node, lock }) => (lock === undefined ? [] : [[node, lock.held] as const]))),
        unanswered: [
          ...[...lines.problems.values()].flat(),
          ...answers.flatMap(({ facts, problems }) => (facts === undefined ? [] : problems)),
        ],
      };
    },
    remarks: lines.remarks,
    close: () => lines.close(),
  };
}

async function ask(connection: Connection, site: Site) {
  const { node } = connection;
  const [seen, journal] = await Promise.all([
    observe(kinds, site, new Map([[node, connection]])),
    readJournal(connection, { limit: 1 }),
  ]);
  return {
    node,
    facts: seen.ok ? seen.value.facts : undefined,
    lock: journal.ok ? { held: journal.value.lock } : undefined,
    problems: seen.ok ? journal.diagnostics : seen.diagnostics,
  };
}

/** One line to each node. The first time, every node is waited for; later nobody waits for one that is away. */
class Lines {
  readonly open = new Map<NodeName, Connection>();
  readonly problems = new Map<NodeName, readonly Diagnostic[]>();
  readonly remarks: Diagnostic[] = [];
  readonly #trying = new Set<NodeName>();
  readonly #transport: Transport;
  #closed = false;
  #begun = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async reach(nodes: readonly Node[]): Promise<void> {
    const away = nodes.filter(({ name }) => !this.open.has(name) && !this.#trying.has(name));
    const trying = Promise.all(away.map((node) => this.#try(node)));
    if (!this.#begun) await trying;
    this.#begun = true;
  }

  /** Until it is reached again, this is what is wrong with it. */
  lose(node: NodeName, problems: readonly Diagnostic[]): void {
    this.#drop(node);
    this.problems.set(node, problems);
  }

  #drop(node: NodeName): void {
    this.open.get(node)?.close();
    this.open.delete(node);
  }

  close(): void {
    this.#closed = true;
    for (const node of [...this.open.keys()]) this.#drop(node);
  }

  async #try(node: Node): Promise<void> {
    this.#trying.add(node.name);
    const { line, diagnostics } = await connectEach(this.#transport, [node]);
    this.#trying.delete(node.name);
    const connection = line.connections.get(node.name);
    if (connection === undefined) this.problems.set(node.name, diagnostics);
    else {
      this.problems.delete(node.name);
      this.remarks.push(...diagnostics);
    }
    if (this.#closed) line.close();
    else if (connection !== undefined) this.open.set(node.name, connection);
  }
}
