/** A systemd unit of sanctl's own, whose file is written before: enabled, and started. Nothing here stops one. */
import { command, type Probe, type ProbeOutputs, run } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { every, type Reading, read, success } from './reading.ts';
import type { StepDraft } from './verdict.ts';

/** systemctl(1), `show`. */
export interface Unit {
  readonly enabled: boolean;
  readonly active: boolean;
  /** Its file has changed since systemd read it. */
  readonly outdated: boolean;
}

export function unitProbe(kind: string, unit: string): Probe {
  const properties = '--property=LoadState,UnitFileState,ActiveState,NeedDaemonReload';
  return { name: `${kind}.unit:${unit}`, command: command('systemctl', 'show', properties, unit) };
}

export function parseUnit(outputs: ProbeOutputs, kind: string, unit: string): Reading<Unit> {
  const probe = `${kind}.unit:${unit}`;
  return read(success(outputs, probe), probe, (text) => {
    const lines = text.split('\n').filter((line) => line !== '');
    const fields = every(lines, (line) => (line.includes('=') ? (line.split('=', 2) as [string, string]) : undefined));
    if (fields === undefined) return undefined;
    const { LoadState, UnitFileState, ActiveState, NeedDaemonReload } = Object.fromEntries(fields);
    if (LoadState === undefined || ActiveState === undefined) return undefined;
    return {
      enabled: UnitFileState === 'enabled',
      active: ActiveState === 'active',
      outdated: NeedDaemonReload === 'yes',
    };
  });
}

/** `what` it does, for people: "the loop device of image a". */
export function unitSteps(node: NodeName, unit: string, have: Unit, what: string): readonly StepDraft[] {
  const enable: StepDraft = {
    verb: 'enable',
    node,
    title: have.enabled ? `have systemd read ${unit} again` : `have ${unit} started at boot`,
    danger: 'none',
    guards: [],
    // To enable one makes systemd read all unit files again, too.
    actions: [have.enabled ? run('systemctl', 'daemon-reload') : run('systemctl', 'enable', unit)],
    reason: have.enabled ? 'its file has changed' : `${what} is to come back when ${node} boots`,
  };
  const start: StepDraft = {
    verb: 'start',
    node,
    title: `start ${unit}`,
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'start', unit)],
    reason: `${what} is not there`,
  };
  return [...(have.enabled && !have.outdated ? [] : [enable]), ...(have.active ? [] : [start])];
}
