/** Whether a volume is filled, and by what steps. Only one that a plan made for it ever is (C1, C5). Pure. */
import type { Fill, ImageFile } from '../../shell/command.ts';
import { dialectOf } from '../drbd/dialect.ts';
import { promoteSteps } from '../drbd/promote.ts';
import { devicePath } from '../drbd/resource.ts';
import { placeOf } from '../drbd/things.ts';
import type { Thing } from '../kind.ts';
import type { Volume } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import { isUnfilled, type Slice, slicesOf } from '../volume/slices.ts';
import { tags } from '../volume/tags.ts';
import type { World } from '../world.ts';
import * as refusals from './refusals.ts';
import { fillIt, markIt } from './steps.ts';
import { type FillWant, sourceOf } from './things.ts';

export function plan({ want: { volume } }: Thing<FillWant>, world: World): Verdict {
  const slices = slicesOf(volume, world);
  const unfilled = slices.filter(isUnfilled);
  const filled = slices.some(isFilled);
  if (filled) return steps(...marks(volume, unfilled, world));
  if (volume.image === undefined) return refuse(refusals.imageGone(volume, unfilled));
  if (slices.length > 0 && unfilled.length === 0)
    return { steps: [], diagnostics: [refusals.notMadeForIt(volume, slices)] };
  if (unfilled.length < slices.length) return refuse(refusals.halfMadeForIt(volume, slices, unfilled));
  const bytes = world.imageBytes(volume.image);
  if (!bytes.known) return refuse(refusals.noImage(volume, volume.image, bytes.why));
  if (bytes.value > volume.bytes) return refuse(refusals.tooLarge(volume, volume.image, bytes.value));
  return planFill(volume, volume.image, bytes.value, slices, world);
}

function isFilled({ tags: marks }: Slice): boolean {
  return marks.includes(tags.ours) && marks.includes(tags.filled);
}

/** A run that broke off right after the filling: the other halves have it as well. */
function marks(volume: Volume, unfilled: readonly Slice[], world: World): readonly StepDraft[] {
  const dialect = dialectOf(world.have('drbd', sourceOf(volume)));
  if (dialect === undefined) return [];
  return unfilled.map((slice) => markIt(volume, slice.node, sourceOf(volume), slice, dialect));
}

function planFill(volume: Volume, image: ImageFile, bytes: number, slices: readonly Slice[], world: World): Verdict {
  const node = sourceOf(volume);
  const at = (one: string) => slices.find((slice) => slice.node === one);
  const filling = { volume, node, image, bytes, zeros: zerosOf(volume, slices, world), slice: at(node) };
  if (volume.replicas.length < 2) return steps(fillIt(filling));
  const place = placeOf(volume.name, world.site, world);
  const dialect = dialectOf(world.have('drbd', node));
  // The resource itself is refused for both reasons; its own words say why.
  if (!place.known || dialect === undefined) return asWished;
  const { problems } = promoteSteps(volume, node, world);
  if (problems.length > 0) return refuse(...problems);
  const mirror = { device: devicePath(place.value.minor), dialect };
  const others = volume.replicas.filter((one) => one !== node);
  return steps(fillIt({ ...filling, mirror }), ...others.map((one) => markIt(volume, one, node, at(one), dialect)));
}

/** What was never written reads as zero on a thin volume of a pool that zeroes its blocks; a thick one holds what lay there. */
function zerosOf({ thinPool, group }: Volume, slices: readonly Slice[], world: World): Fill['zeros'] {
  const begun = slices.some((slice) => slice.tags.includes(tags.filling));
  return thinPool !== undefined && !begun && slices.every(zeroes) ? 'leave' : 'write';

  function zeroes({ node }: Slice): boolean {
    const { volumes } = world.have('volume', node);
    return volumes.known && volumes.value.some((one) => one.group === group && one.name === thinPool && one.zeroes);
  }
}
