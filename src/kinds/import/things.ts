/** What an import asks for on the node that imports: the holder, its files, and itself. */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { bytesOf } from '../export/backing.ts';
import { portOf } from '../export/port.ts';
import { certificateFiles, exportAddress } from '../export/things.ts';
import { importHolderPath, servedPaths } from '../file/paths.ts';
import { type FileWant, fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { moduleAddress } from '../module/index.ts';
import { mayImport, onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';

export interface ImportWant {
  readonly exported: NbdExport;
  readonly bytes: number;
  /** What it is started with, by path; undefined when its export has no port, which is said there. */
  readonly started: Readonly<Record<string, Content>> | undefined;
  /** It has its files, and is left alone: it begins with the move of a guest, and nobody lets it in before (N7). */
  readonly standby: boolean;
}

export function expand(site: Site, world: World): readonly Thing[] {
  return Object.keys(site.nodes).flatMap((node) => {
    const imports = mayImport(site, node);
    if (imports.length === 0) return [];
    const content = holderContent(world);
    const check = ['python3', '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', '{}'] as const;
    const holder: FileWant = { path: importHolderPath, content, mode: '0755', folder: '0755', check };
    const needs = [hostAddress(node), packageAddress(node)];
    return [fileThing(node, holder, needs), ...imports.flatMap((one) => thingsOf(one, node, content, site, world))];
  });
}

/** The program that holds imports. */
export function holderContent(world: World): Content {
  return world.render('import/import', {});
}

function thingsOf(exported: NbdExport, node: NodeName, holder: Content, site: Site, world: World): readonly Thing[] {
  const port = portOf(exported, site, world);
  const paths = servedPaths('import', exported.name);
  const config = port.known ? configOf(exported, port.value, node, site) : undefined;
  const files = config === undefined ? [] : filesOf(exported, config, node, site, world);
  const started = config === undefined ? undefined : { [importHolderPath]: holder, [paths.config]: config };
  const standby = onNode(site, node).standby.includes(exported);
  const want: ImportWant = { exported, bytes: bytesOf(exported, site), started, standby };
  const needs = [
    ...(standby ? [] : [exportAddress(exported)]),
    moduleAddress('nbd', node),
    packageAddress(node),
    `file/${importHolderPath.slice(1)}@${node}`,
    ...files.map((file) => `file/${file.name}@${node}`),
  ];
  return [...files, { kind: 'import', name: exported.name, nodes: [node], want, needs }];
}

/** Whom to call, and all by which it is known to be the right one (templates/import/import.hbs). */
function configOf(exported: NbdExport, port: number, node: NodeName, site: Site): Content {
  const { name, wireName, from, readOnly, connections, timeoutSeconds, tls } = exported;
  const { authority, certificate, key } = servedPaths('import', name);
  const config = {
    name,
    export: wireName,
    server: from,
    address: site.nodes[from]?.address,
    port,
    source: site.nodes[node]?.address,
    bytes: bytesOf(exported, site),
    readOnly,
    connections,
    timeout: timeoutSeconds ?? null,
    tls: tls === 'none' ? null : { authority, certificate, key },
  };
  return [`${JSON.stringify(config, undefined, 2)}\n`];
}

function filesOf(exported: NbdExport, config: Content, node: NodeName, site: Site, world: World) {
  const { name, from } = exported;
  const paths = servedPaths('import', name);
  const { waitSeconds } = site.boot;
  const view = { name, from, holder: importHolderPath, config: paths.config, waitSeconds };
  const unit: FileWant = { path: paths.unit, content: world.render('import/import.service', view), mode: '0644' };
  const own: FileWant = { path: paths.config, content: config, mode: '0644', folder: '0755' };
  const wanted = [...certificateFiles('import', exported, node), own, unit];
  return wanted.map((want) => fileThing(node, want, [hostAddress(node)]));
}
