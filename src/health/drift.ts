/** What a plan would change, for people who ask whether all is as the inventory says. Pure. */
import { type Diagnostic, warning } from '../diagnostic.ts';
import type { Judged } from '../plan/make.ts';
import { codeOf } from './codes.ts';

const warnings = {
  'drift/host': 'A node is not as the inventory says',
  'drift/package': 'A package is not as the inventory says',
  'drift/file': 'A file is not as the inventory says',
  'drift/module': 'A kernel module is not as the inventory says',
  'drift/service': 'A unit is not as the inventory says',
  'drift/volume-group': 'A volume group is not as the inventory says',
  'drift/volume': 'A volume is not as the inventory says',
  'drift/image': 'An image is not as the inventory says',
  'drift/drbd': 'A resource is not as the inventory says',
  'drift/fill': 'A volume is not filled as the inventory says',
  'drift/export': 'An export is not as the inventory says',
  'drift/import': 'An import is not as the inventory says',
  'drift/target': 'A target is not as the inventory says',
  'drift/initiator': 'An import by iSCSI is not as the inventory says',
  'drift/array': 'An array is not as the inventory says',
  'drift/filesystem': 'A file system is not as the inventory says',
  'drift/domain': 'A domain is not as the inventory says',
  'drift/snapshot': 'A snapshot is not as the inventory says',
  'drift/cluster': 'The cluster is not as the inventory says',
  'drift/watch': 'A timer is not as the inventory says',
} as const;

/** What else a plan says of these things, and its steps; those that only ask change nothing. */
export function driftOf(judged: readonly Judged[]): readonly Diagnostic[] {
  return judged.flatMap((one) => [...one.diagnostics, ...differs(one)]);
}

function differs({ thing, steps }: Judged): readonly Diagnostic[] {
  const changes = steps.filter(({ actions }) => actions.some((action) => action.do !== 'wait'));
  if (changes.length === 0) return [];
  const address = `${thing.kind}/${thing.name}`;
  const what = changes.map(({ title, node }) => `on ${node}: ${title}`).join('; ');
  const [code, summary] = codeOf('drift', thing.kind, warnings);
  const help = `\`sanctl plan --only ${address}\` shows every command of it; \`sanctl apply\` makes it so.`;
  return [warning(code, summary, `${address}: a plan would, ${what}.`, { help })];
}
