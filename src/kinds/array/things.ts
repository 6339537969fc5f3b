/** What an array of the inventory asks for besides itself: that nothing assembles it (R2), and the unit that does. */
import { imagePath, importPath } from '../backing.ts';
import { slicePath } from '../drbd/resource.ts';
import { importRecords, servedUnit } from '../file/paths.ts';
import { fileAddress, fileThing } from '../file/thing.ts';
import { thingsBelow } from '../fill/things.ts';
import { goOnWithout } from '../force.ts';
import { hostAddress } from '../host/index.ts';
import { unitOf } from '../initiator/names.ts';
import type { Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import * as paths from './paths.ts';

/** For how long the unit waits at boot for members that come over the network. */
const waitSeconds = 300;

export function expand(site: Site, world: World): readonly Thing[] {
  return Object.keys(site.nodes).flatMap((node) => {
    const { arrays, membersOf } = onNode(site, node);
    if (membersOf.length === 0) return [];
    const nobodyElse = nobodyElseFiles(membersOf, node, world);
    return [...nobodyElse, ...scriptFile(arrays, node, world), ...arrays.flatMap((one) => thingsOf(one, site, world))];
  });
}

/** On its node. A volume under an array has one replica (checked), so that no minor of DRBD is needed. */
export function memberPaths({ members }: RaidArray, site: Site): readonly string[] {
  return members.map((member) => {
    if ('image' in member) return imagePath(member.image);
    const [volume, exported] =
      'volume' in member ? [site.volumes[member.volume], undefined] : [undefined, site.exports[member.export]];
    if (volume !== undefined) return slicePath(volume);
    if (exported !== undefined) return importPath(exported);
    throw new Error('the inventory let a member through that does not exist');
  });
}

/** On exporters too: what the kernel sees of a member there must not be assembled either. */
function nobodyElseFiles(arrays: readonly RaidArray[], node: string, world: World): readonly Thing[] {
  const conf = world.render('array/mdadm.conf', { arrays: arrays.map(({ name }) => name) });
  const rules = world.render('array/md.rules', {});
  return [
    fileThing(node, { path: paths.mdadmPath, content: conf, mode: '0644', folder: '0755' }, [hostAddress(node)]),
    fileThing(node, { path: paths.mdRulesPath, content: rules, mode: '0644' }, [hostAddress(node)]),
  ];
}

function scriptFile(arrays: readonly RaidArray[], node: string, world: World): readonly Thing[] {
  if (arrays.length === 0) return [];
  const { arrayRecords: records, arrayWords: words, arrayConfigs: configs } = paths;
  const view = { records, words, configs, imports: importRecords, run: goOnWithout };
  const content = world.render('array/array', view);
  return [fileThing(node, { path: paths.arrayScriptPath, content, mode: '0755', folder: '0755' }, [hostAddress(node)])];
}

function thingsOf(array: RaidArray, site: Site, world: World): readonly Thing[] {
  const { name, node, level, rebuildRate, members } = array;
  const view = {
    script: paths.arrayScriptPath,
    level,
    rate: Math.floor(rebuildRate / 1024),
    wait: waitSeconds,
    members: memberPaths(array, site).join(' '),
  };
  const unit = { name, script: paths.arrayScriptPath, members: unitsBelow(array, site) };
  const files = [
    { path: paths.arrayConfigPath(name), content: world.render('array/array.conf', view) },
    {
      path: paths.unitPath(paths.arrayUnit(name)),
      content: world.render('array/sanctl-array.service', unit),
    },
  ].map((file) => fileThing(node, { ...file, mode: '0644' }, [hostAddress(node)]));
  const below = [paths.mdadmPath, paths.mdRulesPath, paths.arrayScriptPath].map((path) => fileAddress(path, node));
  const needs = [
    packageAddress(node),
    ...below,
    ...files.map((file) => `file/${file.name}@${node}`),
    ...members.flatMap((member) => thingsBelow(member, node, site)),
  ];
  return [...files, { kind: 'array', name, nodes: [node], want: array, needs }];
}

/** Units that bring its members; logical volumes come by themselves. */
function unitsBelow({ members }: RaidArray, site: Site): readonly string[] {
  return members.flatMap((member) => {
    if ('image' in member) return [paths.imageUnit(member.image)];
    if ('volume' in member) return [];
    const iscsi = site.exports[member.export]?.via === 'iscsi';
    return [iscsi ? unitOf(member.export) : servedUnit('import', member.export)];
  });
}
