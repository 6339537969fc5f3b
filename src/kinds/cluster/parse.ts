/** What systemd and Pacemaker answer. Total, and never a guess: any other shape is unknown. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { parseUnits, type UnitFact } from '../instance.ts';
import { every, known, type Reading, read, success, unknown, whole } from '../reading.ts';
import type { Change, ClusterFacts, Prospect } from './facts.ts';
import { markOf } from './scripts.ts';

export const clusterUnits = ['corosync.service', 'pacemaker.service'] as const;

export function parse(outputs: ProbeOutputs): ClusterFacts {
  const units = read(success(outputs, 'cluster.units'), 'cluster.units', (text) => parseUnits(text, clusterUnits));
  return { units, prospect: prospectOf(outputs, units), foreign: known('stopped') };
}

/** Where Pacemaker does not run, nothing answers, and systemd has said so. */
function prospectOf(
  outputs: ProbeOutputs,
  units: Reading<Readonly<Record<string, UnitFact>>>,
): Reading<Prospect | 'stopped'> {
  if (!units.known) return units;
  const active = units.value['pacemaker.service']?.active;
  if (active === 'inactive' || active === 'failed') return known('stopped');
  if (active !== 'active') return unknown(`cluster.units: pacemaker.service is ${active}`);
  return read(success(outputs, 'cluster.prospect'), 'cluster.prospect', parseProspect);
}

export function parseProspect(text: string): Prospect | undefined {
  const cib = between(text, 'cib', 'diff');
  const diff = between(text, 'diff', 'verify');
  const verified = between(text, 'verify', 'simulate');
  const simulated = between(text, 'simulate', 'end');
  if (cib === undefined || diff === undefined || verified === undefined || simulated === undefined) return undefined;
  const adminEpoch = number(cib, 'admin_epoch');
  const epoch = number(cib, 'epoch');
  const changes = parseDiff(diff);
  const verdict = parseVerified(verified);
  // Of what is not valid nothing is simulated.
  const consequences = verdict?.is === 'invalid' ? [] : parseSimulated(simulated);
  if (adminEpoch === undefined || epoch === undefined || verdict === undefined) return undefined;
  if (changes === undefined || consequences === undefined) return undefined;
  return { adminEpoch, epoch, changes, verified: verdict, consequences };
}

function between(
  text: string,
  from: Parameters<typeof markOf>[0],
  to: Parameters<typeof markOf>[0],
): string | undefined {
  const lines = text.split('\n');
  const [begin, end] = [lines.indexOf(markOf(from)), lines.indexOf(markOf(to))];
  return begin < 0 || end < begin ? undefined : lines.slice(begin + 1, end).join('\n');
}

function number(cib: string, name: string): number | undefined {
  return cib.startsWith('<cib ') ? whole(new RegExp(` ${name}="(\\d+)"`).exec(cib)?.[1]) : undefined;
}

/** Elements that only stand elsewhere are the same elements; the epoch counts by itself. */
function parseDiff(text: string): readonly Change[] | undefined {
  if (text.trim() === '') return [];
  if (!text.startsWith('<diff ')) return undefined;
  const lines = text.split('\n');
  const heads = [...lines.entries()].filter(([, line]) => line.trimStart().startsWith('<change '));
  const changes = every(heads, ([at, line]) => {
    const [, operation, path] = /<change operation="(\w+)" path="([^"]*)"/.exec(line) ?? [];
    if (operation === undefined || path === undefined) return undefined;
    if (operation === 'move' || path === '/cib') return 'nothing';
    if (operation === 'create') return { operation, what: named(lines[at + 1] ?? '') } as const;
    return operation === 'modify' || operation === 'delete' ? ({ operation, what: inPath(path) } as const) : undefined;
  });
  return changes?.filter((one) => one !== 'nothing');
}

/** `<primitive id="vm-web" class=…>`. */
function named(line: string): string {
  const [, name = 'something', rest = ''] = /^\s*<([\w-]+)(.*)$/.exec(line) ?? [];
  return `${name} ${/ id="([^"]*)"/.exec(rest)?.[1] ?? ''}`.trim();
}

/** The last of `/cib/configuration/resources/primitive[@id=&apos;vm-web&apos;]`. */
function inPath(path: string): string {
  const last = path.split('/').at(-1) ?? '';
  return last.replace(/\[@id=&apos;(.*)&apos;\]$/, ' $1');
}

/** It exits with 78 for errors and for warnings (tried, 2.1.5); its last line says which. */
function parseVerified(text: string): Prospect['verified'] | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const [, code] = /^exit (\d+)$/.exec(lines.at(-1) ?? '') ?? [];
  if (code === undefined) return undefined;
  const said = lines.slice(0, -1);
  if (code === '0') return { is: 'fine', said };
  return { is: said.at(-1)?.startsWith('crm_verify: Warnings ') === true ? 'doubtful' : 'invalid', said };
}

/** From `Transition Summary:` to the empty line after it. */
function parseSimulated(text: string): readonly string[] | undefined {
  const lines = text.split('\n');
  const begin = lines.indexOf('Transition Summary:');
  if (begin < 0) return undefined;
  const rest = lines.slice(begin + 1);
  const end = rest.indexOf('');
  return every(rest.slice(0, end < 0 ? undefined : end), (line) =>
    line.startsWith('  * ') ? line.slice(4).replace(/\s+/g, ' ').trim() : undefined,
  );
}
