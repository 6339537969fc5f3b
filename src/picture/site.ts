/** The site as a picture, by the inventory alone: nodes, slices, mirrors, exports, imports, arrays, VMs, and what stands on what. Pure. */
import { importersOf } from '../kinds/reach.ts';
import type { Backing } from '../kinds/site/backing.ts';
import type { Export } from '../kinds/site/exports.ts';
import type { Site } from '../kinds/site.ts';
import { formatSize } from '../quantity.ts';
import type { NodeName } from '../step.ts';
import { arrayLoss, lossOf, vmLoss, vmOutcome, volumeLoss } from './loss.ts';
import type { Box, Edge, Mark, Picture } from './picture.ts';

/** `dead`: nodes that are thought to have died. */
export function sitePicture(site: Site, dead: ReadonlySet<NodeName>): Picture {
  const boxes = [
    ...vms(site, dead),
    ...arrays(site, dead),
    ...exports(site, dead),
    ...volumes(site, dead),
    ...images(site, dead),
  ];
  return {
    title: titleOf(site, dead, boxes),
    groups: Object.values(site.nodes).map(({ name, address }) => ({
      id: name,
      label: `${name} (${address})`,
      mark: dead.has(name) ? 'lost' : 'plain',
    })),
    boxes,
    edges: edgesOf(site),
    gathers: 'bottom',
  };
}

function titleOf(site: Site, dead: ReadonlySet<NodeName>, boxes: readonly Box[]): string {
  if (dead.size === 0) return site.name;
  // A slice of a mirror is none by itself, and an import is counted with its export.
  const counted = boxes.filter(({ id, sort }) => sort !== 'import' && !isHalf(id, site));
  const count = (mark: Mark): number => counted.filter((box) => box.mark === mark).length;
  const names = [...dead].join(', ');
  return `${site.name} without ${names}: ${count('lost')} lost, ${count('stops')} to be started elsewhere, ${count('degraded')} with fewer copies`;
}

function isHalf(id: string, { volumes }: Site): boolean {
  return Object.values(volumes).some(
    ({ name, replicas }) => replicas.length > 1 && replicas.some((node) => sliceId(name, node) === id),
  );
}

function vms(site: Site, dead: ReadonlySet<NodeName>): readonly Box[] {
  return Object.values(site.vms).map((vm) => {
    const outcome = vmOutcome(vm, site, dead);
    const label = [vm.name, `VM, ${formatSize(vm.memory.bytes)}`, ...(outcome === undefined ? [] : [outcome])];
    return { id: `vm/${vm.name}`, label, sort: 'vm', group: vm.home, mark: vmLoss(vm, site, dead) };
  });
}

function arrays(site: Site, dead: ReadonlySet<NodeName>): readonly Box[] {
  return Object.values(site.arrays).map((array) => {
    const { name, level, node, filesystem } = array;
    const label = [name, `RAID ${level}${filesystem === undefined ? '' : `, ${filesystem.mount}`}`];
    return { id: `array/${name}`, label, sort: 'array', group: node, mark: arrayLoss(array, site, dead) };
  });
}

function exports(site: Site, dead: ReadonlySet<NodeName>): readonly Box[] {
  return Object.values(site.exports).flatMap((one): readonly Box[] => {
    const mark = lossOf({ export: one.name }, site, dead);
    const server: Box = {
      id: exportId(one),
      label: [one.name, `export, ${one.via}`],
      sort: 'export',
      group: one.from,
      mark,
    };
    const importers = importersOf(one, site).map(
      (node): Box => ({
        id: importId(one.name, node),
        label: [one.name, one.readOnly ? 'import, read-only' : 'import'],
        sort: 'import',
        group: node,
        mark: dead.has(node) ? 'lost' : mark,
      }),
    );
    return [...importers, server];
  });
}

function volumes(site: Site, dead: ReadonlySet<NodeName>): readonly Box[] {
  const present = Object.values(site.volumes).filter(({ state }) => state === 'present');
  return present.flatMap(({ name, bytes, group, replicas, replication }): readonly Box[] => {
    const size = formatSize(bytes);
    const slices = replicas.map(
      (node): Box => ({
        id: sliceId(name, node),
        label: [`${group}/${name}`, size],
        sort: 'slice',
        group: node,
        mark: dead.has(node) ? 'lost' : 'plain',
      }),
    );
    if (replicas.length < 2) return slices;
    const label = [name, `mirror, ${replicas.length} copies, protocol ${replication?.protocol ?? 'C'}`];
    return [{ id: `mirror/${name}`, label, sort: 'mirror', mark: volumeLoss(replicas, dead) }, ...slices];
  });
}

function images(site: Site, dead: ReadonlySet<NodeName>): readonly Box[] {
  return Object.values(site.images).map(({ name, node, path, bytes }) => ({
    id: `image/${name}`,
    label: [path, `image, ${formatSize(bytes)}`],
    sort: 'image',
    group: node,
    mark: dead.has(node) ? 'lost' : 'plain',
  }));
}

function edgesOf(site: Site): readonly Edge[] {
  const edge = (from: string, on: Backing, node: NodeName, label?: string): Edge => ({
    from,
    to: idOf(on, node, site),
    ...(label === undefined ? {} : { label }),
  });
  return [
    ...Object.values(site.vms).flatMap(({ name, home, disks }) =>
      disks.map((disk) => edge(`vm/${name}`, disk, home, disk.as)),
    ),
    ...Object.values(site.arrays).flatMap(({ name, node, members }) =>
      members.map((member) => edge(`array/${name}`, member, node)),
    ),
    ...Object.values(site.exports).flatMap((one) => [
      ...importersOf(one, site).map((node) => ({ from: importId(one.name, node), to: exportId(one), label: one.via })),
      edge(exportId(one), one.backing, one.from),
    ]),
    ...Object.values(site.volumes)
      .filter(({ replicas, state }) => replicas.length > 1 && state === 'present')
      .flatMap(({ name, replicas }) => replicas.map((node) => ({ from: `mirror/${name}`, to: sliceId(name, node) }))),
  ];
}

/** What a node uses it by. */
function idOf(on: Backing, node: NodeName, site: Site): string {
  if ('image' in on) return `image/${on.image}`;
  if ('array' in on) return `array/${on.array}`;
  if ('export' in on) return importId(on.export, node);
  return (site.volumes[on.volume]?.replicas.length ?? 1) > 1
    ? `mirror/${on.volume}`
    : sliceId(on.volume, site.volumes[on.volume]?.replicas[0] ?? node);
}

function exportId({ name }: Export): string {
  return `export/${name}`;
}
function importId(name: string, node: NodeName): string {
  return `import/${name}@${node}`;
}
function sliceId(name: string, node: NodeName): string {
  return `slice/${name}@${node}`;
}
