/** Why an export is not made, and the way out. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { exportCheckPath, exportRecords, importHolderPath, servedPaths, servedUnit } from '../file/paths.ts';
import { nameOf } from '../reach.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site, Volume } from '../site.ts';
import type { Handing } from './list.ts';
import { exportTags, unmarking } from './wire.ts';

export function noPort({ name, from }: NbdExport, why: string): Diagnostic {
  return error('export/no-port', 'An export cannot be given its port', `export/${name} on ${from}: ${why}.`, {
    help: 'Remove the cause, or pin a port that is free there in `port`.',
  });
}

export function masked(side: 'export' | 'import', name: string, node: NodeName): Diagnostic {
  const unit = servedUnit(side, name);
  return error('export/masked', 'The unit of an export or import is masked', `${unit} on ${node}.`, {
    help: `Who masked it does not want it. \`systemctl unmask ${unit}\` there, and plan again.`,
  });
}

export function otherBacking({ name, from, backing }: NbdExport): Diagnostic {
  return error(
    'export/other-volume',
    'An export would serve another volume than before',
    `export/${name} on ${from}: ${nameOf(backing)} is not what was served and marked for it; it was made anew, or the export stood on another.`,
    {
      help: `Whoever imports ${name} would find other data (S3). If that is meant: stop what uses it, and \`--adopt export/${name}\`.`,
    },
  );
}

export function otherExport({ name, from }: NbdExport, on: Volume, tag: string): Diagnostic {
  const { group, name: volume } = on;
  const other = tag.slice(exportTags.length).replace(/-[0-9a-f]{8}$/, '');
  return error(
    'export/other-export',
    'A volume is served under another name, too',
    `export/${name} on ${from}: ${group}/${volume} bears ${tag}, of an export that the inventory does not name (N7).`,
    {
      help: `${unmarking(tag, on)}${other.startsWith('iscsi.') ? '' : `; \`rm ${exportRecords}/${other}\``}; then plan again.`,
    },
  );
}

/** What only a person can decide; who is not to have it lets go first. */
export function byHand({ name, from }: Pick<NbdExport, 'name' | 'from'>): string {
  return `Find out which node wrote last. On the other one: \`systemctl disable --now ${servedUnit('import', name)}\`, \`${importHolderPath} drop ${servedPaths('import', name).config}\`; only then on ${from}, with the address of the one that wrote: \`sh ${exportCheckPath} ${name} close ADDRESS\`.`;
}

/** W6, N7. */
export function handedOver(exported: NbdExport, { source, target, state }: Handing, site: Site): Diagnostic {
  const { name, from, to } = exported;
  const node = (address: string): string => to.find((one) => site.nodes[one]?.address === address) ?? address;
  const who = state === 'come' ? `${node(target)} alone is let in` : `${node(source)} has it, and both are let in`;
  const vm = Object.values(site.vms).find(({ disks }) => disks.some((on) => 'export' in on && on.export === name));
  return error(
    'export/handed-over',
    'AN EXPORT IS BEING HANDED OVER TO A GUEST THAT MOVES',
    `export/${name} on ${from}: from ${node(source)} to ${node(target)}, and ${who}: a move is under way, or one broke off (N7).`,
    {
      help:
        vm === undefined
          ? `No VM of the inventory has it, so that nothing tells where it is. ${byHand(exported)}`
          : `When no move runs: \`sanctl migrate ${vm.name} --cleanup\` finds out where it is, and closes it.`,
    },
  );
}

/** D12: its unit would make the mirror Primary at the next boot there, and serve it again. */
export function servedElsewhere({ name, from }: NbdExport, node: NodeName): Diagnostic {
  const unit = servedUnit('export', name);
  return error(
    'export/served-elsewhere',
    'Another node still serves what this one is to serve',
    `export/${name}: ${node} runs ${unit}, or starts it at boot, and the inventory names ${from} (N7, D12).`,
    { help: `Let go of it on its importers, \`systemctl disable --now ${unit}\` on ${node}; then plan again.` },
  );
}

export function importedElsewhere({ name, to }: NbdExport, node: NodeName): Diagnostic {
  const moved = to.includes(node) ? ` If its VM has moved there: give it \`home: ${node}\`, and plan again.` : '';
  return error(
    'export/imported-elsewhere',
    'Another node still imports what only one may write',
    `import/${name}: ${node} has it connected (N7).`,
    {
      help: `\`systemctl disable --now ${servedUnit('import', name)}\` on ${node}, which leaves it connected while somebody uses it there; then plan again.${moved}`,
    },
  );
}

export function importedUnseen({ name, from }: NbdExport, node: NodeName, unseen: readonly NodeName[]): Diagnostic {
  return error(
    'export/not-asked',
    'A node that was left out may write what is to be imported',
    `import/${name} on ${node}: nobody asked ${unseen.join(', ')} (N7).`,
    {
      help: `Plan with every node. If those are off, or never imported ${name}: \`--adopt import/${name}\`; ${from} is asked all the same who is connected to it.`,
    },
  );
}

export function nobodyHolds({ name }: NbdExport, node: NodeName): Diagnostic {
  const unit = servedUnit('import', name);
  return error(
    'export/nobody-holds',
    'A restart of a server would cut off a device that nobody connects again',
    `import/${name}: ${node} has it connected, and ${unit} does not run there (N3, N10).`,
    { help: `\`systemctl start ${unit}\` on ${node}, which goes on with the device; then plan again.` },
  );
}
