/** What an export by iSCSI asks for on the node that serves it: a script, its settings, its unit, and the target. */
import { nodeLayout } from '../../shell/layout.ts';
import type { NodeName } from '../../step.ts';
import { deviceOf } from '../backing.ts';
import { markOf } from '../export/wire.ts';
import { targetPath, targetScriptPath, targetUnitPath } from '../file/paths.ts';
import { type FileWant, fileThing } from '../file/thing.ts';
import { thingsBelow } from '../fill/things.ts';
import { hostAddress } from '../host/index.ts';
import { credentials, isIscsi, portalsOf } from '../iscsi.ts';
import type { Thing } from '../kind.ts';
import { importersOf } from '../reach.ts';
import type { Reading } from '../reading.ts';
import type { IscsiExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { configfs, storeFolder, sys, targetRecords } from './names.ts';

export interface TargetWant {
  readonly exported: IscsiExport;
  readonly device: Reading<string>;
  /** The names of those who may log in now. */
  readonly initiators: readonly string[];
  /** The sha256 of its settings; undefined when a secret cannot be read. */
  readonly settings: string | undefined;
}

export function expand(site: Site, world: World): readonly Thing[] {
  const exports = Object.values(site.exports).filter(isIscsi);
  const nodes = [...new Set(exports.map(({ from }) => from))];
  return [...nodes.flatMap((node) => shared(node, world)), ...exports.flatMap((one) => things(one, site, world))];
}

function shared(node: NodeName, world: World): readonly Thing<FileWant>[] {
  const view = {
    settings: targetScriptPath,
    configfs,
    sys,
    run: nodeLayout.run,
    records: targetRecords,
    hba: storeFolder,
  };
  const script: FileWant = {
    path: targetScriptPath,
    content: world.render('target/target', view),
    mode: '0755',
    folder: '0755',
    check: ['sh', '-n', '{}'],
  };
  const unit: FileWant = {
    path: targetUnitPath,
    content: world.render('target/sanctl-target@.service', { script: targetScriptPath }),
    mode: '0644',
  };
  return [script, unit].map((want) => fileThing(node, want, [hostAddress(node)]));
}

function things(exported: IscsiExport, site: Site, world: World): readonly Thing[] {
  const { name, from, backing } = exported;
  const device = deviceOf(backing, site, world);
  const initiators = importersOf(exported, site).flatMap((node) => site.initiators[node] ?? []);
  const content = world.render('target/settings', {
    script: targetScriptPath,
    iqn: exported.iqn,
    serial: exported.serial,
    device: device.known ? device.value : '',
    backing: backingWords(exported, site),
    readOnly: exported.readOnly,
    portals: portalsOf(exported),
    initiators,
    credentials: credentials(exported.chap),
  });
  const files = device.known
    ? [fileThing(from, { path: targetPath(name), content, mode: '0600', folder: '0755' }, [hostAddress(from)])]
    : [];
  const want: TargetWant = { exported, device, initiators, settings: world.digest(content) };
  const fixed = [targetScriptPath, targetUnitPath].map((path) => path.slice(1));
  const paths = [...files.map((file) => file.name), ...fixed].map((file) => `file/${file}@${from}`);
  const needs = [hostAddress(from), ...thingsBelow(backing, from, site), ...paths];
  return [...files, { kind: 'target', name, nodes: [from], want, needs }];
}

/** By what the script knows again that the device is the one that was made for it (C3, S3). */
function backingWords(exported: IscsiExport, site: Site): string {
  const { backing } = exported;
  if (!('volume' in backing)) return 'image' in backing ? 'image' : 'array';
  const volume = site.volumes[backing.volume];
  if (volume === undefined) throw new Error(`the inventory let ${backing.volume} through`);
  const sort = volume.replicas.length > 1 ? 'mirror' : 'volume';
  return `${sort} ${volume.group} ${volume.name} ${markOf(exported)}`;
}
