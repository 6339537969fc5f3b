/** Why an export is not handed over, or not closed, and the way out. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import type { Handing } from '../../export/list.ts';
import { byHand } from '../../export/refusals.ts';
import { servedUnit } from '../../file/paths.ts';
import type { NbdExport } from '../../site/exports.ts';
import type { Vm } from '../../site.ts';

export function notForIt({ name: vm }: Vm, { name, to }: NbdExport, target: NodeName): Diagnostic {
  return error(
    'handover/not-for-it',
    'The other node may not import a disk of the VM',
    `domain/${vm} has the export ${name}, which is for ${to.join(', ')}, and not for ${target} (N7).`,
    { help: `Add ${target} to \`exports.${name}.to\`, and apply.` },
  );
}

export function otherList({ name, from }: NbdExport, source: NodeName, addresses: readonly string[]): Diagnostic {
  return error(
    'handover/other-list',
    'The server of an export lets in other nodes than the one where the VM runs',
    `export/${name}: ${from} lets in ${addresses.join(', ') || 'nobody'}, and not ${source} alone (N7).`,
    {
      help: `Look at who is connected (\`ss -tnp\` on ${from}). If ${source} is, let the \`home\` of its VM say so, and apply.`,
    },
  );
}

/** `wanted`: what it must show; `found`: what was asked for, and what was said. */
export function importNotReady({ name }: NbdExport, node: NodeName, wanted: string, found: string): Diagnostic {
  const unit = servedUnit('import', name);
  return error(
    'move/import-not-ready',
    'An import of a VM is not as it must be for a move',
    `import/${name} on ${node} must show that ${wanted}. It ${found}.`,
    {
      help: `\`systemctl status ${unit}\` on ${node}; \`sanctl apply\` puts right what the inventory wants. Of a node that does not import it, and tries to: \`systemctl disable --now ${unit}\` there.`,
    },
  );
}

/** `why`: a clause. */
export function notClosed({ name: vm }: Vm, exported: NbdExport, { state }: Handing, why: string): Diagnostic {
  return error(
    'handover/undecided',
    'WHO MAY WRITE AN EXPORT IS FOR A PERSON TO DECIDE',
    `export/${exported.name}, a disk of domain/${vm}: its handover is ${state}, and ${why}. Nothing was changed (N7).`,
    { help: byHand(exported) },
  );
}
