/** Parameters of kernel modules: set now where the module is loaded, and by a file of modprobe.d(5) when it is loaded. */
import { command, type Probe, type ProbeOutputs, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { answer, failure, known, type Reading, unknown, unreadable } from '../reading.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { ModuleFacts } from './facts.ts';

/**
 * By module, what its parameters should be. DRBD sends the pages of a guest without a copy, and after a cut link its old
 * connection keeps them for minutes: a domain that moved away or was destroyed meanwhile stays there, dying, and holds the
 * device open (seen, 8.4.11 with Xen 4.17). Copying costs little; 9.2 has no such parameter and needs none.
 */
const wantedParameters: Readonly<Record<string, Readonly<Record<string, 'Y' | 'N'>>>> = {
  drbd: { disable_sendpage: 'Y' },
};

export const setScript = 'printf %s "$2" >"$1"';

export function parameterProbes(modules: readonly string[]): readonly Probe[] {
  return modules.flatMap((module) =>
    parametersOf(module).map(([parameter]) => ({
      name: probeName(module, parameter),
      command: command('cat', pathOf(module, parameter)),
    })),
  );
}

export function parseParameters(outputs: ProbeOutputs, modules: readonly string[]): ModuleFacts['parameters'] {
  const entries = modules.flatMap((module) =>
    parametersOf(module).map(([parameter]) => [
      `${module}.${parameter}`,
      parseParameter(outputs, probeName(module, parameter)),
    ]),
  );
  return Object.fromEntries(entries);
}

/** Not there: the module is not loaded, or knows no such parameter. */
function parseParameter(outputs: ProbeOutputs, probe: string): Reading<'Y' | 'N' | 'absent'> {
  const reading = answer(outputs, probe);
  if (!reading.known) return reading;
  const { code, stdout, stderr } = reading.value;
  const value = stdout.trim();
  if (code === 0 && (value === 'Y' || value === 'N')) return known(value);
  return code === 1 && stderr.includes('No such file or directory')
    ? known('absent')
    : unknown(failure(probe, reading.value));
}

export function optionLines(names: readonly string[]): readonly string[] {
  const lines = names.flatMap((name) =>
    parametersOf(name).map(([parameter, value]) => `options ${name} ${parameter}=${value}\n`),
  );
  return [`# Written by sanctl: parameters of kernel modules.\n${lines.join('')}`];
}

function parametersOf(name: string): readonly (readonly [string, 'Y' | 'N'])[] {
  return Object.entries(wantedParameters[name] ?? {});
}

function pathOf(module: string, parameter: string): string {
  return `/sys/module/${module}/parameters/${parameter}`;
}

function probeName(module: string, parameter: string): string {
  return `module.parameter:${module}.${parameter}`;
}

export function planParameters(module: string, node: NodeName, have: ModuleFacts['parameters']): Verdict {
  const wanted = parametersOf(module).map(([parameter, value]) => ({
    parameter,
    value,
    now: have[`${module}.${parameter}`] ?? unknown('it was not asked for'),
  }));
  const unread = wanted.flatMap(({ parameter, now }) =>
    now.known ? [] : [unreadable(`module/${module}`, node, `${parameter}: ${now.why}`)],
  );
  if (unread.length > 0) return refuse(...unread);
  const wrong = wanted.filter(({ value, now }) => now.known && now.value !== 'absent' && now.value !== value);
  return steps(...wrong.map(({ parameter, value }) => setParameter(module, node, parameter, value)));
}

function setParameter(module: string, node: NodeName, parameter: string, value: string): StepDraft {
  return {
    verb: `set-${parameter}`,
    node,
    title: `set ${parameter} of the kernel module ${module} to ${value}`,
    danger: 'none',
    guards: [],
    actions: [run('sh', '-c', setScript, 'sh', pathOf(module, parameter), value)],
    reason: 'it is loaded with another',
  };
}
