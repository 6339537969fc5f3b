/**
 * What taking over one thing would do to another that stays out: sanctl writes LVM's filter and the common file of DRBD
 * for the whole node, and both reach beyond what an inventory names. Then neither is taken over. Pure.
 */
import { sliceNames } from '../kinds/domain/devices.ts';
import { rejected } from '../kinds/volume-group/filter.ts';
import type { NodeName } from '../step.ts';
import type { LeftOut, Stacked } from './findings.ts';
import type { Look } from './look.ts';
import type { DraftVolume } from './shape.ts';

/**
 * Groups that somebody uses here, on devices that the filter hides or that LVM then no longer scans (L1). One that nobody
 * uses is a guest's own, and to hide that is what the filter is for.
 */
export function stackedGroups(looks: readonly Look[]): readonly Stacked[] {
  return looks.flatMap(({ node, groups, pvs, volumes, guests }) => {
    const slices = new Set<string>(volumes.flatMap((one) => sliceNames(one)));
    const hides = (path: string): boolean =>
      slices.has(path) || rejected.some((pattern) => new RegExp(pattern).test(path));
    const targets = new Set(guests.flatMap(({ config }) => config?.disks ?? []).map(({ target }) => target));
    const isUsed = (group: string): boolean =>
      volumes.some((one) => one.group === group && (one.open || sliceNames(one).some((path) => targets.has(path))));
    return groups.flatMap(({ name: group }): readonly Stacked[] => {
      const on = pvs.filter((pv) => pv.group === group && hides(pv.path)).map(({ path }) => path);
      return on.length > 0 && isUsed(group) ? [{ node, group, on }] : [];
    });
  });
}

/**
 * Mirrors whose common file says something that also goes for a resource which stays out. One that stays out for this may
 * bar others on its other node.
 */
export function commonlyBarred(looks: readonly Look[], volumes: readonly DraftVolume[]): readonly LeftOut[] {
  const out: LeftOut[] = [];
  for (;;) {
    const isIn = (name: string): boolean =>
      volumes.some((one) => one.name === name) && !out.some((one) => one.name === name);
    const next = volumes.find(({ name, mirror, replicas }) => mirror !== undefined && isIn(name) && because(replicas));
    if (next === undefined) return out;
    const { node, others } = because(next.replicas) ?? { node: '', others: [] };
    out.push({
      name: next.name,
      nodes: next.replicas,
      why: `\`common\` on ${node} speaks for ${others.join(', ')} as well, which stays out, and the common file of sanctl says nothing`,
      way: 'Move the words of `common` into the file of each resource, on all of its nodes; `drbdadm -d adjust all` must then want nothing.',
    });

    function because(replicas: readonly NodeName[]) {
      for (const { node, resources, speaksForAll } of looks) {
        const others = resources.map(({ name }) => name).filter((name) => !isIn(name));
        if (speaksForAll && replicas.includes(node) && others.length > 0) return { node, others };
      }
      return undefined;
    }
  }
}
