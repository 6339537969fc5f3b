/**
 * Conversations as files: what `facts --record DIR` keeps, and what simulated nodes and reports from the field are
 * played from.
 *
 *     DIR/NODE/0001-observe.json     a file for each script, numbered for each node in the order they were sent
 *     { "version": 1, "node": "alpha", "script": { "do": "observe", ... }, "reply": { "outcome": "exited", ... } }
 *
 * `script` and `reply` are those of script.ts and connection.ts. Secrets stand in scripts by name, and everything goes
 * through the redactor once more. Files are 0600: they show a node from inside.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { error, failed, ok, type Result } from '../diagnostic.ts';
import type { Observe, Script } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Connection, Listening, Reply, Transport } from './connection.ts';
import { writeFileAtomic } from './files.ts';
import type { Redact } from './redact.ts';

export interface Recorded {
  readonly version: 1;
  readonly node: NodeName;
  readonly script: Script;
  readonly reply: Reply;
}

/** Passes everything on to `inner` and keeps it. A conversation that cannot be written is an error of the disk: it throws. */
export function recordingTransport(inner: Transport, folder: string, redact: Redact): Transport {
  const counts = new Map<NodeName, number>();

  async function keep(node: NodeName, script: Script, reply: Reply): Promise<void> {
    const count = (counts.get(node) ?? 0) + 1;
    counts.set(node, count);
    const name = `${String(count).padStart(4, '0')}-${script.do}.json`;
    const recorded: Recorded = { version: 1, node, script, reply };
    const text = JSON.stringify(recorded, (_, value) => (typeof value === 'string' ? redact(value) : value), 2);
    await mkdir(join(folder, node), { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(folder, node, name), `${text}\n`);
  }

  return {
    async connect(node) {
      const connected = await inner.connect(node);
      if (!connected.ok) return connected;
      const connection: Connection = {
        node: node.name,
        close: () => connected.value.close(),
        async run(script, listening) {
          const reply = await connected.value.run(script, listening);
          await keep(node.name, script, reply);
          return reply;
        },
      };
      return ok(connection, connected.diagnostics);
    },
  };
}

/**
 * Answers from such files: for each node and sort of script in the order of the recording, each once. The last answer to
 * `observe` is given again to whoever asks again; everything else that was not recorded is unknown.
 */
export function replayTransport(folder: string): Transport {
  return {
    async connect(node) {
      const left = await readRecorded(folder, node.name);
      if (!left.ok) return left;
      const waiting = [...left.value];
      const connection: Connection = {
        node: node.name,
        close: () => undefined,
        run: async (script, listening) => answer(waiting, script, listening),
      };
      return ok(connection);
    },
  };
}

function answer(waiting: Recorded[], script: Script, { onLine }: Listening): Reply {
  const at = waiting.findIndex((one) => one.script.do === script.do);
  const recorded = waiting[at];
  if (recorded === undefined) {
    return { outcome: 'unknown', why: `no such conversation was recorded: ${script.do}`, stdout: '', stderr: '' };
  }
  const isLast = waiting.filter((one) => one.script.do === script.do).length === 1;
  if (!(isLast && script.do === 'observe')) waiting.splice(at, 1);
  const reply = withBoundary(recorded, script);
  for (const line of reply.stdout.split('\n').slice(0, -1)) {
    if (onLine?.(line) === 'stop') break;
  }
  return reply;
}

/** The boundary is random each time; all else of the answer is as it was. */
function withBoundary({ script, reply }: Recorded, asked: Script): Reply {
  const [then, now] = [observeOf(script)?.boundary, observeOf(asked)?.boundary];
  if (then === undefined || now === undefined) return reply;
  return { ...reply, stdout: reply.stdout.replaceAll(then, now), stderr: reply.stderr.replaceAll(then, now) };
}

function observeOf(script: Script): Observe | undefined {
  if (script.do === 'claim') return script.observe;
  return script.do === 'observe' ? script : undefined;
}

async function readRecorded(folder: string, node: NodeName): Promise<Result<readonly Recorded[]>> {
  const path = join(folder, node);
  try {
    const names = (await readdir(path)).filter((name) => /^\d{4,}-[a-z]+\.json$/.test(name)).sort();
    const read = names.map(async (name) =>
      asRecorded(JSON.parse(await readFile(join(path, name), 'utf8')), node, name),
    );
    return ok(await Promise.all(read));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return failed(
      error('record/unreadable', 'Recorded conversation cannot be read', `${path}: ${why}`, {
        help: `\`sanctl facts ${node} --record ${folder}\` records one.`,
      }),
    );
  }
}

function asRecorded(data: unknown, node: NodeName, name: string): Recorded {
  const one = data as Partial<Recorded> | null;
  const whole = one?.version === 1 && typeof one.script?.do === 'string' && typeof one.reply?.stdout === 'string';
  if (!whole || one.node !== node) throw new Error(`${name} is no conversation of version 1 with ${node}`);
  return one as Recorded;
}
