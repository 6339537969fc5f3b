/**
 * An export that is handed from one importer to another while a guest moves (docs/decisions/0016), as what its server and both of them
 * are asked and told: guards and runs. Who hands over, and when, is said by the domain that moves.
 */
import { command, type Guard, type Run, run } from '../../shell/command.ts';
import { exportCheckPath, importHolderPath, servedPaths, servedUnit } from '../file/paths.ts';
import type { NbdExport } from '../site/exports.ts';
import { type Handing, noteText } from './list.ts';

/** One that has failed for good runs as little as one that was stopped. */
const standbyScript = `systemctl is-active "$1" | sed 's/^failed$/inactive/'
systemctl is-enabled "$1"
for backend in /sys/block/nbd*/backend; do
  [ -e "$backend" ] || continue
  read -r name <"$backend" || { echo "$backend cannot be read"; continue; }
  case $name in "$2"/*) echo "$backend is connected to it" ;; esac
done`;

/** Of the node that is to have it: it begins with a device of its own, in which nothing of an earlier time is under way (N7). */
export function isStandby({ name, wireName }: NbdExport): Guard {
  return {
    ask: command('sh', '-c', standbyScript, 'sh', servedUnit('import', name), wireName),
    expect: { stdout: 'inactive\ndisabled' },
    proves: `${name} can be imported here, and is not (N7)`,
  };
}

/** A file that was changed since is read anew. */
export const reload = run('systemctl', 'daemon-reload');

/** By address. The script lets the target in only where the source alone is let in and connected. */
export function letIn({ name }: NbdExport, source: string, target: string, domain: number): readonly Run[] {
  const description = `--description=Closes the handover of ${name} when sanctl is gone`;
  return [
    stopTimer(name),
    run('systemd-run', `--unit=${timerUnit(name)}`, description, '--collect', 'sh', exportCheckPath, name, 'watch'),
    run('sh', exportCheckPath, name, 'open', source, target, String(domain)),
  ];
}

export function isNoted({ name }: NbdExport, move: Handing): Guard {
  return {
    ask: command('grep', '^# move', servedPaths('export', name).allow),
    expect: { stdout: noteText(move) },
    proves: `${name} is being handed over, and its target has ${move.state === 'come' ? 'come' : 'not come'} (N7)`,
  };
}

/** One address alone, and everybody else’s processes are ended. */
export function leaveTo({ name }: NbdExport, address: string): readonly Run[] {
  return [run('sh', exportCheckPath, name, 'close', address), stopTimer(name)];
}

/**
 * Of a node that is let in no more. What its kernel still has under way must never be sent: another node may have written there
 * since. So its device fails, in use or not.
 */
export function letGo({ name }: NbdExport): readonly Run[] {
  return [
    run('systemctl', 'disable', '--now', servedUnit('import', name)),
    run(importHolderPath, 'drop', servedPaths('import', name).config),
  ];
}

export function keep({ name }: NbdExport): Run {
  return run('systemctl', 'enable', servedUnit('import', name));
}

/** systemctl(1): 5 is a unit that is not loaded; it has ended by itself. */
function stopTimer(name: string): Run {
  return { do: 'run', command: command('systemctl', 'stop', timerUnit(name)), accept: [0, 5] };
}

function timerUnit(name: string): string {
  return `sanctl-handover-${name}.service`;
}
