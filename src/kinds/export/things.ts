/** What an export asks for on the node that serves it: its files, and itself. */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { goodState } from '../drbd/ask.ts';
import { dialectOf } from '../drbd/dialect.ts';
import { exportCheckPath, servedPaths } from '../file/paths.ts';
import { type FileWant, fileThing } from '../file/thing.ts';
import { thingsBelow } from '../fill/things.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import { importersOf } from '../reach.ts';
import type { Reading } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { checkWords } from './backing.ts';
import { type Admitted, listOf, listText } from './list.ts';
import { portOf } from './port.ts';
import { authoritySecret, certificateSecret } from './wire.ts';

export interface ExportWant {
  readonly exported: NbdExport;
  /** Why it has no port, or its backing no device, is said where it is planned. */
  readonly port: Reading<number>;
  readonly words: Reading<readonly string[]>;
  readonly importers: readonly NodeName[];
  /** The text of its configuration. */
  readonly config: Content | undefined;
}

export function exportAddress({ name, from }: Pick<NbdExport, 'name' | 'from'>): string {
  return `export/${name}@${from}`;
}

export function expand(site: Site, world: World): readonly Thing[] {
  return Object.keys(site.nodes).flatMap((node) => {
    const { serves } = onNode(site, node);
    if (serves.length === 0) return [];
    const content = checkContent(node, world);
    const check: FileWant = { path: exportCheckPath, content, mode: '0755', folder: '0755', check: ['sh', '-n', '{}'] };
    return [fileThing(node, check, [hostAddress(node)]), ...serves.flatMap((one) => thingsOf(one, site, world))];
  });
}

/** The script that a server asks. Of two replicas, as what a node starts by itself when it boots (domain/boot.ts); a third is for people. */
export function checkContent(node: NodeName, world: World): Content {
  const good = goodState({ replicas: ['', ''] }, dialectOf(world.have('drbd', node)) ?? '8.4');
  return world.render('export/check', { good });
}

function thingsOf(exported: NbdExport, site: Site, world: World): readonly Thing[] {
  const { name, from } = exported;
  const port = portOf(exported, site, world);
  const words = checkWords(exported, site, world);
  const importers = importersOf(exported, site);
  const config = port.known ? configOf(exported, port.value, site, world) : undefined;
  const files =
    config === undefined || !words.known ? [] : filesOf(exported, config, words.value, importers, site, world);
  const want: ExportWant = { exported, port, words, importers, config };
  const needs = [
    ...thingsBelow(exported.backing, from, site),
    packageAddress(from),
    `file/${exportCheckPath.slice(1)}@${from}`,
    ...files.map((file) => `file/${file.name}@${from}`),
  ];
  return [...files, { kind: 'export', name, nodes: [from], want, needs }];
}

/** N1, N2, N12: nothing but what stands in the template, of names that the inventory's white lists let through. */
function configOf(exported: NbdExport, port: number, site: Site, world: World): Content {
  const { name, from, wireName, readOnly, tls } = exported;
  const { allow, authority, certificate, key } = servedPaths('export', name);
  const address = site.nodes[from]?.address ?? '';
  const files = tls === 'none' ? false : { authority, certificate, key };
  return world.render('export/config', {
    name,
    wireName,
    address,
    port,
    allow,
    readOnly,
    tls: files,
    check: exportCheckPath,
  });
}

function filesOf(
  exported: NbdExport,
  config: Content,
  words: readonly string[],
  importers: readonly NodeName[],
  site: Site,
  world: World,
): readonly Thing<FileWant>[] {
  const { name, from } = exported;
  const paths = servedPaths('export', name);
  const unit = world.render('export/export.service', { name, check: exportCheckPath, words });
  const file = (path: string, content: Content): FileWant => ({ path, content, mode: '0644', folder: '0755' });
  const wanted = [
    // Nobody is let in by a file that is not there (N2): it comes first.
    file(paths.allow, [listText(listFor(exported, importers, site, world))]),
    ...certificateFiles('export', exported, from),
    file(paths.config, config),
    file(paths.unit, unit),
  ];
  return wanted.map((want) => fileThing(from, want, [hostAddress(from)]));
}

/** W6: while a guest moves it is nobody's to rewrite; the export refuses (plan.ts). */
function listFor(exported: NbdExport, importers: readonly NodeName[], site: Site, world: World): Admitted {
  const list = listOf(exported, world);
  if (list.known && list.value.move !== undefined) return list.value;
  return { addresses: importers.map((node) => site.nodes[node]?.address ?? '') };
}

/** The same on both sides, each with its own. */
export function certificateFiles(
  side: 'export' | 'import',
  { name, tls }: NbdExport,
  node: NodeName,
): readonly FileWant[] {
  if (tls === 'none') return [];
  const { authority, certificate, key } = servedPaths(side, name);
  const file = (path: string, secret: string): FileWant => ({
    path,
    content: [{ secret }, '\n'],
    mode: '0600',
    folder: '0755',
  });
  return [
    file(authority, authoritySecret(name)),
    file(certificate, certificateSecret(name, node, 'pem')),
    file(key, certificateSecret(name, node, 'key')),
  ];
}
