/** A set of snapshots from its node into a backup that is begun: over as many lines as it takes, each of which goes on where the last one was. */
import type { Clock } from '../apply/clock.ts';
import type { Line } from '../apply/line.ts';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { changed } from '../shell/read.ts';
import type { Read, ReadDisk } from '../shell/script.ts';
import type { Reply } from '../transport/connection.ts';
import * as no from './refusals.ts';
import { type Keeper, ReadStream } from './stream.ts';

/** Seconds of silence after which a node is left: a part is read in less from any disk that works. */
const idleSeconds = 300;
/** Lines in a row that brought no part: another one would not either. */
const mostBarren = 5;
/** Seconds of one conversation; another one goes on. */
const readSeconds = 86_400;

interface Receiving {
  readonly line: Line;
  readonly clock: Clock;
  /** What is asked for, and where each goes; in the same order. */
  readonly disks: readonly Omit<ReadDisk, 'from'>[];
  readonly kept: readonly Keeper[];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onPart: (bytesOverTheLine: number) => void;
}

/** Until all is here, or it is certain that it will not be. `interrupted`: by the signal. */
export async function receive(work: Receiving): Promise<Result<'whole' | 'interrupted'>> {
  const { line, kept, signal } = work;
  const here = (): number => kept.reduce((sum, { at }) => sum + at, 0);
  for (let barren = 0; ; ) {
    const before = here();
    const said = await converse(work);
    if (signal.aborted) return ok('interrupted');
    const trouble = troubleIn(said, work);
    if (trouble === 'whole') return ok('whole');
    if (trouble !== 'lost') return failed(trouble);
    barren = here() > before ? 0 : barren + 1;
    const why = said.reply.outcome === 'unknown' ? said.reply.why : '';
    if (barren === mostBarren || !(await line.reconnect(why))) return failed(no.lineLost(line.node, why));
  }
}

interface Said {
  readonly stream: ReadStream;
  readonly reply: Reply;
  /** It was left, because nothing came. */
  readonly silent: boolean;
}

async function converse({ line, clock, disks, kept, signal, onPart }: Receiving): Promise<Said> {
  const script: Read = { do: 'read', disks: disks.map((disk, at) => ({ ...disk, from: kept[at]?.at ?? 0 })) };
  const stream = new ReadStream(kept, onPart);
  const over = new AbortController();
  const leave = (): void => over.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  let heard = clock.now();
  const onBytes = (bytes: Uint8Array): Promise<'stop' | undefined> => {
    heard = clock.now();
    return stream.take(bytes);
  };
  const silence = async (): Promise<boolean> => {
    while (!over.signal.aborted && clock.now() - heard < idleSeconds) await clock.sleep(idleSeconds / 10, over.signal);
    const silent = !over.signal.aborted;
    leave();
    return silent;
  };
  const watching = silence();
  const reply = await line.run(script, { onBytes, deadlineSeconds: readSeconds, signal: over.signal });
  leave();
  signal.removeEventListener('abort', leave);
  return { stream, reply, silent: await watching };
}

/** `lost`: the outcome never came, and another line may tell (C5). */
function troubleIn(
  { stream, reply, silent }: Said,
  { line: { node }, folder }: Receiving,
): Diagnostic | 'whole' | 'lost' {
  if (stream.trouble?.on === 'here') return no.notWritable(folder, stream.trouble.why);
  if (stream.trouble !== undefined) return no.notRead(node, stream.trouble.why);
  if (silent) return no.notRead(node, `nothing came for ${idleSeconds} s`);
  if (reply.outcome === 'unknown') return 'lost';
  const said = reply.stderr.trim() || `it ended with ${reply.code}`;
  if (reply.code === changed) return no.snapshotChanged(node, said);
  return reply.code === 0 && stream.whole ? 'whole' : no.notRead(node, said);
}
