/** What is on the nodes, and the inventory does not name (C11, T7). Pure. */
import { type Diagnostic, note } from '../diagnostic.ts';
import type { Undeclared } from '../kinds/kind.ts';
import { codeOf } from './codes.ts';

const notes = {
  'undeclared/file': 'A file of sanctl is not in the inventory',
  'undeclared/volume-group': 'A disk or volume group is not in the inventory',
  'undeclared/volume': 'A volume is not in the inventory',
  'undeclared/drbd': 'A resource is not in the inventory',
  'undeclared/export': 'An export is not in the inventory',
  'undeclared/import': 'An import is not in the inventory',
  'undeclared/target': 'A target is not in the inventory',
  'undeclared/initiator': 'An import by iSCSI is not in the inventory',
  'undeclared/array': 'An array is not in the inventory',
  'undeclared/domain': 'A domain is not in the inventory',
  'undeclared/watch': 'A timer is not in the inventory',
} as const;

export function undeclaredFinding({ kind, name, node, detail }: Undeclared): Diagnostic {
  const [code, summary] = codeOf('undeclared', kind, notes);
  return note(code, summary, `${kind}/${name} on ${node}: ${detail}.`, {
    help: 'sanctl leaves it alone. Write it into the inventory, or remove it by hand when you know what it is.',
  });
}
