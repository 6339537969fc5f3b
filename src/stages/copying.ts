/** What every copy of a set goes through: it shows how far it is, and can be interrupted. And the one onto another node, through this machine. */
import type { Clock } from '../apply/clock.ts';
import { realClock } from '../apply/clock.ts';
import { Line } from '../apply/line.ts';
import { deliver } from '../backup/deliver.ts';
import { DistantDisk } from '../backup/distant.ts';
import type { Manifest, Origin } from '../backup/manifest.ts';
import * as no from '../backup/refusals.ts';
import { type Diagnostic, type ExitCode, exitCode, ok, type Result } from '../diagnostic.ts';
import type { BackupSource } from '../kinds/snapshot/backup.ts';
import type { Session } from '../session/program.ts';
import type { Connection } from '../transport/connection.ts';
import { copyProgress } from '../view/backups.ts';
import type { OverviewOptions } from './overview.ts';

export interface Copying {
  readonly session: Session;
  readonly options: OverviewOptions;
  readonly origin: Origin;
  readonly disks: BackupSource['disks'];
  /** A line to the node that has the snapshots. */
  readonly connect: () => Promise<Result<Connection>>;
}

export type Made =
  | { readonly exit: typeof exitCode.done; readonly path: string; readonly manifest: Manifest }
  | { readonly exit: ExitCode; readonly diagnostics: readonly Diagnostic[] };

/** Seconds for which a node is sought whose line is lost: a reboot fits in. */
export const reconnectSeconds = 300;

interface Around {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: ReturnType<typeof copyProgress>;
}

/** The first interrupt ends it at the next packet; the second while a node is sought. */
export async function untilInterrupted<T>(
  { session, options }: Pick<Copying, 'session' | 'options'>,
  disks: Parameters<typeof copyProgress>[3],
  work: (around: Around) => Promise<Result<T | 'interrupted'>>,
): Promise<Result<T | 'interrupted'>> {
  const { io } = session;
  const clock = io.clock ?? realClock;
  const stop = new AbortController();
  let leave: () => void = () => undefined;
  const leaving = new Promise<Result<'interrupted'>>((resolve) => {
    leave = () => resolve(ok('interrupted'));
  });
  const undo = io.onInterrupt(() => (stop.signal.aborted ? leave() : stop.abort()));
  const progress = copyProgress(session.screen(options), options.json === true, clock, disks);
  try {
    return await Promise.race([work({ signal: stop.signal, clock, progress }), leaving]);
  } finally {
    undo();
    progress.close();
  }
}

interface Sending extends Copying {
  /** An absolute folder of the node that keeps it, and what the backup is called there. */
  readonly folder: string;
  readonly name: string;
  /** A line to that node. */
  readonly reach: () => Promise<Result<Connection>>;
}

export async function send(job: Sending): Promise<Made> {
  const lines: Connection[] = [];
  try {
    for (const connect of [job.connect, job.reach]) {
      const opened = await connect();
      if (!opened.ok) return { exit: exitCode.refused, diagnostics: opened.diagnostics };
      lines.push(opened.value);
    }
    const [from, onto] = lines as [Connection, Connection];
    return await between(job, from, onto);
  } finally {
    for (const line of lines) line.close();
  }
}

async function between(job: Sending, from: Connection, onto: Connection): Promise<Made> {
  const { origin, folder, name, disks } = job;
  const kept = origin.disks.map((disk) => new DistantDisk(disk));
  let isTouched = false;
  const touch = (): void => {
    isTouched = true;
  };
  const sent = await untilInterrupted<Manifest>(job, kept, async ({ signal, clock, progress }) => {
    const around = { clock, reconnectSeconds, onEvent: progress.event };
    const source = new Line(from, { ...around, connect: job.connect });
    const target = new Line(onto, { ...around, connect: job.reach });
    const made = (): string => new Date().toISOString();
    try {
      const work = { source, target, clock, disks, kept, origin, folder, name, made, signal, touch };
      return await deliver({ ...work, onPart: progress.part });
    } finally {
      source.close();
      target.close();
    }
  });
  const path = `${onto.node}:${folder}/${name}`;
  if (!sent.ok) return { exit: isTouched ? exitCode.failed : exitCode.refused, diagnostics: sent.diagnostics };
  if (sent.value === 'interrupted')
    return { exit: exitCode.interrupted, diagnostics: [no.interrupted(`${path}.partial`)] };
  return { exit: exitCode.done, path, manifest: sent.value };
}
