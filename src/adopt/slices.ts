/** Logical volumes that no mirror stands on, as volumes with one replica: those that a guest uses or that bear our mark. Pure. */
import { sliceNames } from '../kinds/domain/devices.ts';
import type { LogicalVolume } from '../kinds/volume/facts.ts';
import { tags } from '../kinds/volume/tags.ts';
import { formatSize } from '../quantity.ts';
import type { NodeName } from '../step.ts';
import type { LeftOut, Reason } from './findings.ts';
import type { Look } from './look.ts';
import { isVolume } from './names.ts';
import { type DraftVolume, type Shape, shapeOf } from './shape.ts';

export interface Slices {
  readonly volumes: readonly DraftVolume[];
  readonly left: readonly LeftOut[];
  /** `vg0/root (10 GiB)`, by node. */
  readonly unused: ReadonlyMap<NodeName, readonly string[]>;
}

interface Found {
  readonly node: NodeName;
  readonly volume: LogicalVolume;
}

export function slicesOf(looks: readonly Look[]): Slices {
  const all = looks.flatMap((look) => candidates(look).map((volume): Found => ({ node: look.node, volume })));
  const used = all.filter(({ node, volume }) =>
    isUsed(
      volume,
      looks.find((look) => look.node === node),
    ),
  );
  const verdicts = used.map((found) => ({ ...found, verdict: verdictOf(found, used, looks) }));
  const unused = looks.map(({ node }): [NodeName, readonly string[]] => [
    node,
    all
      .filter((one) => one.node === node && !used.includes(one))
      .map(({ volume: { group, name, bytes } }) => `${group}/${name} (${formatSize(bytes)})`),
  ]);
  return {
    volumes: verdicts.flatMap(({ node, volume: { name, group, bytes }, verdict }) =>
      'why' in verdict ? [] : [{ name, group, bytes, replicas: [node], ...verdict }],
    ),
    left: verdicts.flatMap(({ node, volume: { name, group }, verdict }) =>
      'why' in verdict ? [{ name: `${group}/${name}`, nodes: [node], ...verdict }] : [],
    ),
    unused: new Map(unused),
  };
}

/** What DRBD stands on belongs to the mirror, whether that can be expressed or not. */
function candidates({ node, volumes, resources, running }: Look): readonly LogicalVolume[] {
  const below = new Set([
    ...resources
      .flatMap(({ hosts }) => hosts.filter(({ name }) => name === node).flatMap((host) => host.volumes))
      .map(({ disk }) => disk),
    ...Object.values(running).flatMap((one) => Object.values(one.volumes).flatMap(({ backing }) => backing ?? [])),
  ]);
  return volumes.filter(
    (one) => !one.hidden && !one.segmentTypes.includes('thin-pool') && !sliceNames(one).some((path) => below.has(path)),
  );
}

function isUsed(volume: LogicalVolume, look: Look | undefined): boolean {
  const names: readonly string[] = sliceNames(volume);
  const guests = [...(look?.guests ?? []), ...(look?.files ?? [])].flatMap(({ config }) => config?.disks ?? []);
  return volume.tags.includes(tags.ours) || guests.some(({ target }) => names.includes(target));
}

function verdictOf({ node, volume }: Found, used: readonly Found[], looks: readonly Look[]): Shape | Reason {
  const { name, group } = volume;
  const twin = used.find((one) => one.volume !== volume && one.volume.name === name);
  const mirror = looks.flatMap(({ resources }) => resources).find((one) => one.name === name);
  const other =
    twin !== undefined ? `${twin.volume.group}/${name} on ${twin.node}` : mirror && `the DRBD resource ${name}`;
  if (other !== undefined)
    return {
      why: `${other} has the same name, and the volumes of an inventory have names of their own`,
      way: `\`lvrename ${group} ${name} OTHER\` on ${node}, once nobody uses it; what names it by its path has to follow.`,
    };
  if (!isVolume(name))
    return { why: 'its name is none that a volume may have', way: `\`lvrename\` on ${node} gives it another.` };
  return shapeOf(volume, looks);
}
