/** Plain files used as disks: fully allocated, made once, never over anything, never smaller. */
import { imageRecords, imageScriptPath, imageUnit, unitPath } from '../array/paths.ts';
import { imageFolder } from '../backing.ts';
import { fileAddress, fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import type { Kind, Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { known } from '../reading.ts';
import type { Image } from '../site/storage.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { type ImageFacts, parse, probes } from './facts.ts';
import { plan } from './steps.ts';

export const image: Kind<Image, ImageFacts> = {
  name: 'image',
  summary: 'Plain files of a fixed size that are used as disks, and their loop devices',
  expand: (site, world) =>
    Object.keys(site.nodes).flatMap((node) => {
      const { images, loops } = onNode(site, node);
      return [
        ...loopFiles(loops, node, world),
        ...images.map((want) => ({
          kind: 'image',
          name: want.name,
          nodes: [node],
          want,
          needs: [hostAddress(node), ...mountsOver(want, site), ...(loops.includes(want) ? filesOf(want) : [])],
        })),
      ];
    }),
  probes: (site, node) => probes(onNode(site, node).images, onNode(site, node).loops),
  parse: (outputs, site, node) => parse(outputs, onNode(site, node).images, onNode(site, node).loops),
  blank: (site, node) => ({
    files: Object.fromEntries(onNode(site, node).images.map(({ name }) => [name, known('absent')])),
    records: Object.fromEntries(onNode(site, node).images.map(({ name }) => [name, known('absent')])),
    parts: Object.fromEntries(onNode(site, node).images.map(({ name }) => [name, known('absent')])),
    units: Object.fromEntries(
      onNode(site, node).loops.map(({ name }) => [name, known({ enabled: false, active: false, outdated: false })]),
    ),
  }),
  stable: ({ files, ...rest }) => [
    Object.entries(files).map(([name, file]) =>
      file.known && file.value !== 'absent' ? [name, file.value.regular, file.value.bytes, file.value.inode] : file,
    ),
    rest,
  ],
  plan,
};

/** It would be made below the mount point otherwise, and be hidden by the mount. */
function mountsOver({ name, node, path }: Image, site: Site): readonly string[] {
  return onNode(site, node)
    .arrays.filter(({ members }) => !members.some((on) => 'image' in on && on.image === name))
    .flatMap(({ name: array, filesystem }) =>
      filesystem !== undefined && path.startsWith(`${filesystem.mount.replace(/\/$/, '')}/`)
        ? [`filesystem/${array}@${node}`]
        : [],
    );
}

function filesOf({ name, node }: Image): readonly string[] {
  return [imageScriptPath, unitPath(imageUnit(name))].map((path) => fileAddress(path, node));
}

function loopFiles(loops: readonly Image[], node: string, world: World): readonly Thing[] {
  if (loops.length === 0) return [];
  const script = world.render('image/image', { folder: imageFolder, records: imageRecords });
  return [
    fileThing(node, { path: imageScriptPath, content: script, mode: '0755', folder: '0755' }, [hostAddress(node)]),
    ...loops.map(({ name, path, bytes }) => {
      const content = world.render('image/sanctl-image.service', { name, path, bytes, script: imageScriptPath });
      return fileThing(node, { path: unitPath(imageUnit(name)), content, mode: '0644' }, [hostAddress(node)]);
    }),
  ];
}
