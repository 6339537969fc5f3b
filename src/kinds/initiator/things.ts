/** What an import by iSCSI asks for on a node: packages, a script, its settings, its unit, multipath's file, and the import. */

import type { Content } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import type { NodeName } from '../../step.ts';
import { initiatorPath, initiatorScriptPath, initiatorUnitPath, multipathPath } from '../file/paths.ts';
import { type FileWant, fileAddress, fileThing } from '../file/thing.ts';
import { thingsBelow } from '../fill/things.ts';
import { hostAddress } from '../host/index.ts';
import { beatOn, credentials, importsOn, portalsOf, wwidOf } from '../iscsi.ts';
import type { Thing } from '../kind.ts';
import { packageAddress } from '../package/index.ts';
import type { IscsiExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { recordFolder, sysfs } from './names.ts';

export interface InitiatorWant {
  readonly exported: IscsiExport;
  /** The name that it logs in with. */
  readonly initiator: string;
  /** At least so many. */
  readonly bytes: number;
  /** The sha256 of its settings and of multipath's file; undefined when a secret cannot be read. */
  readonly settings: string | undefined;
  /** The text of multipath's file, which decides over every map of the node. */
  readonly multipath: Content;
}

export function expand(site: Site, world: World): readonly Thing[] {
  return Object.keys(site.nodes).flatMap((node) => {
    const imports = importsOn(site, node);
    if (imports.length === 0) return [];
    const multipath = multipathFile(site, node, world);
    return [...shared(node, multipath, world), ...imports.flatMap((one) => things(one, node, multipath, site, world))];
  });
}

function shared(node: NodeName, multipath: Content, world: World): readonly Thing<FileWant>[] {
  const view = {
    settings: initiatorScriptPath,
    run: nodeLayout.run,
    records: recordFolder,
    sys: sysfs,
    multipath: multipathPath,
  };
  const script: FileWant = {
    path: initiatorScriptPath,
    content: world.render('initiator/initiator', view),
    mode: '0755',
    folder: '0755',
    check: ['sh', '-n', '{}'],
  };
  const unit: FileWant = {
    path: initiatorUnitPath,
    content: world.render('initiator/sanctl-initiator@.service', { script: initiatorScriptPath }),
    mode: '0644',
  };
  const files = [script, unit, { path: multipathPath, content: multipath, mode: '0644' }];
  return files.map((want) => fileThing(node, want, [hostAddress(node)]));
}

function things(exported: IscsiExport, node: NodeName, multipath: Content, site: Site, world: World): readonly Thing[] {
  const { name, from, iqn, chap } = exported;
  const initiator = site.initiators[node] ?? '';
  const bytes = bytesOf(exported, site);
  const content = world.render('initiator/settings', {
    script: initiatorScriptPath,
    iqn,
    initiator,
    wwid: wwidOf(exported),
    bytes,
    beat: beatOn(site, node),
    portals: portalsOf(exported),
    credentials: credentials(chap),
  });
  const file = fileThing(node, { path: initiatorPath(name), content, mode: '0600', folder: '0755' }, [
    hostAddress(node),
  ]);
  const settings = world.digest([...content, ...multipath]);
  const want: InitiatorWant = { exported, initiator, bytes, settings, multipath };
  const paths = [initiatorPath(name), initiatorScriptPath, initiatorUnitPath, multipathPath];
  // What it stands on as well: it may grow without its target having to do anything.
  const there = [`target/${name}@${from}`, ...thingsBelow(exported.backing, from, site)];
  const needs = [packageAddress(node), ...there, ...paths.map((path) => fileAddress(path, node))];
  return [file, { kind: 'initiator', name, nodes: [node], want, needs }];
}

/** Seconds between two looks of multipathd at a path: the unit of `no_path_retry`. */
const polling = 2;

function multipathFile(site: Site, node: NodeName, world: World): Content {
  const beat = beatOn(site, node);
  const imports = importsOn(site, node).map((one) => ({ name: one.name, wwid: wwidOf(one), ...policyOf(one, beat) }));
  return world.render('initiator/multipath.conf', { beat, polling, imports });
}

/**
 * Active/passive goes back by nobody's doing: a path that comes and goes would move the I/O each time. When no path is
 * left, I/O waits for the rest of the declared time (I6); three beats have passed before that is known.
 */
function policyOf({ multipath, timeoutSeconds }: IscsiExport, beat: number) {
  const retries = Math.floor((timeoutSeconds - 3 * beat) / polling);
  return {
    retries: retries > 0 ? String(retries) : 'fail',
    ...(multipath === 'active-active'
      ? { policy: 'multibus', selector: 'round-robin 0', failback: 'immediate' }
      : { policy: 'failover', selector: 'service-time 0', failback: 'manual' }),
  };
}

/** What the inventory asks of the backing: it may be more by rounding. Of an array, that it is not nothing. */
function bytesOf({ backing }: IscsiExport, site: Site): number {
  if ('volume' in backing) return site.volumes[backing.volume]?.bytes ?? 1;
  return 'image' in backing ? (site.images[backing.image]?.bytes ?? 1) : 1;
}
