/** A set of snapshots from its node onto another one, through this machine: over as many lines on either side as it takes. */
import { createHash } from 'node:crypto';
import type { Clock } from '../apply/clock.ts';
import type { Line } from '../apply/line.ts';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { keeping } from '../shell/keep.ts';
import type { Keep, ReadDisk } from '../shell/script.ts';
import { Distant, type DistantDisk, Gone } from './distant.ts';
import type { Manifest, Origin } from './manifest.ts';
import { receive } from './receive.ts';
import * as no from './refusals.ts';

/** Lines to the target in a row that brought no part: another one would not either. */
const mostBarren = 5;

interface Delivery {
  readonly source: Line;
  readonly target: Line;
  readonly clock: Clock;
  readonly disks: readonly Omit<ReadDisk, 'from'>[];
  readonly kept: readonly DistantDisk[];
  readonly origin: Origin;
  /** An absolute folder of the target, and what the backup is called in it. */
  readonly folder: string;
  readonly name: string;
  readonly made: () => string;
  readonly signal: AbortSignal;
  /** Called once the node has taken the backup up. */
  readonly touch: () => void;
  readonly onPart: (bytesOverTheLine: number) => void;
}

/** What was sent, and not answered yet. */
interface Sealed {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** Until it is whole there, or it is certain that it will not be. */
export async function deliver(work: Delivery): Promise<Result<Manifest | 'interrupted'>> {
  const { target, kept, signal } = work;
  const there = (): number => kept.reduce((sum, { at }) => sum + at, 0);
  let sealed: Sealed | undefined;
  for (let barren = 0; ; ) {
    const before = there();
    const said = await once(work, sealed, (one) => {
      sealed = one;
    });
    if (signal.aborted) return ok('interrupted');
    if (!(said instanceof Gone)) return said;
    const known = refusalOf(said, work);
    if (known !== undefined) return failed(known);
    barren = there() > before ? 0 : barren + 1;
    if (barren === mostBarren || !(await target.reconnect(said.message)))
      return failed(isBusy(said) ? no.busy(pathOf(work), 'somebody else') : no.lineLost(target.node, said.message));
  }
}

async function once(
  work: Delivery,
  sealed: Sealed | undefined,
  seal: (sealed: Sealed) => void,
): Promise<Result<Manifest | 'interrupted'> | Gone> {
  const { source, target, clock, disks, kept, origin, folder, name, signal, onPart } = work;
  const distant = new Distant(kept);
  const shapes = origin.disks.map(({ volume, bytes }) => ({ volume, bytes }));
  const begun = JSON.stringify(origin);
  const script: Keep = { do: 'keep', folder, name, begun, disks: shapes, ...(sealed && { manifest: sealed.sha256 }) };
  try {
    const opened = await distant.open((one, listening) => target.run(one, listening), script, signal);
    work.touch();
    if (opened === 'whole' && sealed !== undefined) return ok(sealed.manifest);
    const came = await receive({ line: source, clock, disks, kept, folder: pathOf(work), signal, onPart });
    // What it could not give away: the other line was lost.
    if (distant.gone !== undefined) return distant.gone;
    if (!came.ok) return came;
    if (came.value === 'interrupted') return ok('interrupted');
    let made: Manifest | undefined;
    await distant.finish(origin, work.made(), (manifest, text) => {
      made = manifest;
      seal({ manifest, sha256: createHash('sha256').update(text).digest('hex') });
    });
    if (made === undefined) throw new Error('nothing was sealed');
    return ok(made);
  } catch (cause) {
    if (cause instanceof Gone) return cause;
    return failed(no.notWritable(pathOf(work), cause instanceof Error ? cause.message : String(cause)));
  } finally {
    await distant.close();
  }
}

/** Undefined: it may be another one on another line (C5). */
function refusalOf(gone: Gone, work: Delivery): Diagnostic | undefined {
  const { reply, message } = gone;
  if (reply.outcome === 'unknown' || isBusy(gone)) return undefined;
  if (reply.code === keeping.isThere) return no.isThere(pathOf(work));
  if (reply.code === keeping.ofAnother) return no.ofAnother(`${pathOf(work)}.partial`);
  return no.notWritable(pathOf(work), message);
}

/** A line that is dead may be held for a while by the node that has not noticed. */
function isBusy({ reply }: Gone): boolean {
  return reply.outcome === 'exited' && reply.code === keeping.busy;
}

function pathOf({ target, folder, name }: Pick<Delivery, 'target' | 'folder' | 'name'>): string {
  return `${target.node}:${folder}/${name}`;
}
