/** What speaks against starting one VM on the other side of its mirrors. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { windowsOpen } from '../../drbd/windows.ts';
import { domainPath } from '../../file/paths.ts';
import { type Reading, unreadable } from '../../reading.ts';
import type { World } from '../../world.ts';
import { renderDomain } from '../config.ts';
import { disksBeingRestored, unfilledDisks } from '../filled.ts';
import { lint } from '../lint.ts';
import { missingBridgesOn, missingFilesOn, moversOn } from '../move/asks.ts';
import { underWay } from '../move/refusals.ts';
import { askedNodes } from '../places.ts';
import { servedDisks } from '../plain.ts';
import { usedByOthers } from '../plan.ts';
import { type End, judge } from './mirror.ts';
import * as refusals from './refusals.ts';
import type { Start } from './start.ts';

export function against(
  start: Start,
  dead: NodeName,
  end: End | undefined,
  limitSeconds: number,
  world: World,
): readonly Diagnostic[] {
  const { vm, to, disks } = start;
  const judged = disks.map(({ volume }) => judge({ vm, volume, to, dead }, end, limitSeconds, world));
  const problems = [
    ...judged.flatMap((one) => one.problems),
    ...disks.flatMap(({ volume }) => windows(volume, world)),
    ...usedByOthers({ ...vm, home: to }, disks, world),
    ...servedDisks(vm, disks, world),
    ...disksBeingRestored(vm, disks, world),
    ...unfilledDisks(vm, disks, world),
    ...movers(start, dead, world),
    ...there(start, world),
    ...lint(vm, disks, renderDomain(vm, disks, world)),
  ];
  const ages = judged.flatMap(({ ageSeconds }) => ageSeconds ?? []);
  return problems.length > 0 || ages.length === 0 ? problems : [refusals.goesOn(vm, to, dead, Math.max(...ages))];
}

function windows(name: string, world: World): readonly Diagnostic[] {
  const volume = world.site.volumes[name];
  return volume === undefined ? [] : windowsOpen(volume, world);
}

/** Somebody moves a guest from or to what lives (W6). */
function movers({ vm }: Start, dead: NodeName, world: World): readonly Diagnostic[] {
  return askedNodes(world.site, vm)
    .filter((node) => node !== dead)
    .flatMap((node) => {
      const found = moversOn(vm, node, world);
      if (!found.known) return [unreadable(`domain/${vm.name}`, node, found.why)];
      return found.value.length === 0 ? [] : [underWay(vm, node, found.value)];
    });
}

/** What it needs besides its disks: its file, as an apply wrote it (X6), its kernel, its bridges. */
function there({ vm, to, disks }: Start, world: World): readonly Diagnostic[] {
  const listed = (
    read: Reading<readonly string[]>,
    refusal: (missing: readonly string[]) => Diagnostic,
  ): readonly Diagnostic[] => {
    if (!read.known) return [unreadable(`domain/${vm.name}`, to, read.why)];
    return read.value.length === 0 ? [] : [refusal(read.value)];
  };
  const path = domainPath(vm.name);
  const file = world.have('file', to).files[path];
  const wanted = world.digest(renderDomain(vm, disks, world));
  const same = file?.known === true && file.value !== 'absent' && file.value.sha256 === wanted;
  return [
    ...(file !== undefined && !file.known ? [unreadable(`file ${path}`, to, file.why)] : []),
    ...(same || file?.known === false ? [] : [refusals.fileDiffers(vm, to, path)]),
    ...listed(missingFilesOn(vm, to, world), (missing) => refusals.lacks(vm, to, missing)),
    ...listed(missingBridgesOn(vm, to, world), (missing) =>
      refusals.lacks(
        vm,
        to,
        missing.map((bridge) => `the bridge ${bridge}`),
      ),
    ),
  ];
}
