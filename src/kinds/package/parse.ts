/** What dpkg and apt answer. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { answer, every, failure, known, type Reading, read, unknown } from '../reading.ts';
import type { PackageFacts, PackageState } from './facts.ts';

/** A node that needs no package is asked nothing, and there is nothing to know. */
export function parse(outputs: ProbeOutputs, wanted: readonly string[]): PackageFacts {
  if (wanted.length === 0) return { packages: known({}), candidates: known({}) };
  return {
    packages: read(ended(outputs, 'package.installed', [0, 1]), 'package.installed', parseInstalled),
    candidates: read(ended(outputs, 'package.candidates', [0]), 'package.candidates', parseCandidates),
  };
}

/** `dpkg-query` exits with 1 when it has never heard of one of the names: that is an answer about that name. */
function ended(outputs: ProbeOutputs, probe: string, accepted: readonly number[]): Reading<string> {
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stderr, stdout } = reading.value;
  const strange = stderr.split('\n').some((line) => line !== '' && !/no packages found matching/.test(line));
  return accepted.includes(code) && !(code === 1 && strange) ? known(stdout) : unknown(failure(probe, reading.value));
}

function parseInstalled(text: string): Readonly<Record<string, PackageState>> | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = every(lines, (line) => {
    const [name, want, error, status, version, ...more] = line.split('\t');
    if (name === undefined || want === undefined || error === undefined || status === undefined) return undefined;
    if (name === '' || status === '' || version === undefined || more.length > 0) return undefined;
    return [name, { want, error, status, version }] as const;
  });
  return entries === undefined ? undefined : Object.fromEntries(entries);
}

/** `apt-cache policy`: a block for each package that it knows; others are left out without a word. */
function parseCandidates(text: string): Readonly<Record<string, string>> | undefined {
  const candidates = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (/^\S+:$/.test(line)) name = line.slice(0, -1);
    const version = /^ {2}Candidate: (\S+)$/.exec(line)?.[1];
    if (version === undefined) continue;
    if (name === undefined) return undefined;
    if (version !== '(none)') candidates.set(name, version);
  }
  return Object.fromEntries(candidates);
}
