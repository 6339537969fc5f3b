/** The maps of a node that multipath's file, as sanctl writes it whole, would shut out: disks of others, in use or not. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { multipathPath } from '../file/paths.ts';
import type { World } from '../world.ts';
import type { LiveImports } from './facts.ts';
import type { InitiatorWant } from './things.ts';

/**
 * Multipath needs no file to join a node's disks. What ours does not name would lose its map, at once or at the next
 * boot, and LVM would find every disk once for each path (L1). Where the file is ours already, that is decided.
 */
export function shutOut(
  { exported, multipath }: InitiatorWant,
  node: NodeName,
  live: LiveImports,
  world: World,
): readonly Diagnostic[] {
  if (isOurs(node, world)) return [];
  const text = multipath.filter((part) => typeof part === 'string').join('');
  const [, exceptions = ''] = /^blacklist_exceptions\s*\{([^}]*)\}/m.exec(text) ?? [];
  const foreign = live.maps.filter(({ wwid }) => !exceptions.includes(`wwid "${wwid}"`));
  return foreign.length === 0 ? [] : [inUse(exported.name, node, foreign)];
}

function isOurs(node: NodeName, world: World): boolean {
  const facts = world.have('file', node);
  const state = facts.files[multipathPath];
  if (state?.known !== true || state.value === 'absent') return false;
  return facts.written.known && facts.written.value[multipathPath] === state.value.sha256;
}

function inUse(name: string, node: NodeName, foreign: LiveImports['maps']): Diagnostic {
  const maps = foreign.map((map) => `${map.name} (${map.wwid})`).join(', ');
  return error(
    'initiator/multipath-in-use',
    'Multipath has disks here that are no imports',
    `initiator/${name} on ${node}: ${multipathPath} of sanctl lets in its imports alone, and would shut out ${maps}; LVM would then find each path by itself (L1).`,
    {
      help: `Import it on another node, or by \`via: nbd\`; or name those disks, each as \`wwid "…"\` with its \`protocol\`, in \`blacklist_exceptions\` of your own template \`initiator/multipath.conf.hbs\`.`,
    },
  );
}
