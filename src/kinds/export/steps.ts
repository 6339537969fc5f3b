/** The steps of an export, and those of its importers that a restart of it takes along. */
import { type Command, command, type Guard, type Run, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { exportCheckPath, exportRecords, importHolderPath, servedPaths, servedUnit } from '../file/paths.ts';
import { importersOf } from '../reach.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { selected } from '../volume/guards.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';
import type { World } from '../world.ts';
import type { ExportWant } from './things.ts';
import { tagOf } from './wire.ts';

/** `have`: undefined when this plan makes it. */
export function mark(exported: NbdExport, { group, name }: Volume, have: LogicalVolume | undefined): StepDraft {
  const whole = `lv_tags!=${tags.unfinished}`;
  const made = volumesWhere('lv_uuid', called({ group, name }), `lv_tags=${tags.ours}`, whole);
  const guard: Guard = {
    ask: have === undefined ? made : selected(have, whole),
    expect: have === undefined ? { matches: '[A-Za-z0-9]' } : { stdout: have.uuid },
    proves: `${group}/${name} is the volume that the plan saw or made, whole (C3)`,
  };
  return {
    verb: 'mark',
    node: exported.from,
    title: `mark ${group}/${name} as what the export ${exported.name} serves`,
    danger: 'none',
    guards: [guard],
    actions: [run('lvchange', '--addtag', tagOf(exported), `${group}/${name}`)],
    reason: 'a volume that is made anew under its name is not to be taken for it (C3)',
  };
}

/** S3: the operator named it, and nobody holds the data of the other any more. Nobody is served between this and the start. */
export function forget({ name, from }: NbdExport, recorded: boolean): StepDraft {
  return {
    verb: 'forget',
    node: from,
    title: `serve other data under the name ${name} than before`,
    danger: 'interrupts',
    guards: [],
    actions: [
      run('systemctl', 'stop', servedUnit('export', name)),
      ...(recorded ? [run('rm', '--', `${exportRecords}/${name}`)] : []),
    ],
    reason: 'what it stands on is another',
  };
}

/** Its own check first, in the open: what it refuses is then told here and not only in the journal of systemd. */
function begin({ exported }: ExportWant, words: readonly string[]): readonly Run[] {
  const unit = servedUnit('export', exported.name);
  return [
    run('systemctl', 'daemon-reload'),
    run('sh', exportCheckPath, exported.name, ...words),
    run('systemctl', 'enable', unit),
    run('systemctl', 'restart', unit),
  ];
}

export function start(want: ExportWant, words: readonly string[]): StepDraft {
  const { name, from } = want.exported;
  const port = want.port.known ? want.port.value : 0;
  return {
    verb: 'start',
    node: from,
    title: `serve ${name} on port ${port}`,
    danger: 'none',
    guards: [],
    actions: begin(want, words),
    reason: 'the inventory exports it, and nobody serves it',
  };
}

/** The sessions end with it, so that it is stopped before its check looks whether somebody has the volume open. */
export function restart(want: ExportWant, words: readonly string[], holding: readonly NodeName[]): StepDraft {
  const { name, from } = want.exported;
  return {
    verb: 'restart',
    node: from,
    title: `serve ${name} with its new configuration, which needs a restart`,
    needs: holding.map((node) => `${node}#release`),
    danger: 'interrupts',
    guards: [],
    actions: [run('systemctl', 'stop', servedUnit('export', name)), ...begin(want, words)],
    reason: 'it was started with another',
  };
}

/** N10: asked of the node that has it. */
export function unused({ name }: NbdExport): Guard {
  return {
    ask: isFree(name),
    expect: { stdout: 'free' },
    proves: `nobody uses ${name} here; stop what does, and plan again (N3, N10)`,
  };
}

/** The list of who may connect is read when somebody connects: who came before that stays, and may write (N7). */
export function alone(exported: NbdExport, port: number, world: World): StepDraft {
  const { name, from } = exported;
  const addresses = importersOf(exported, world.site).map((node) => world.site.nodes[node]?.address ?? '');
  const others = addresses.map((address) => ` and not dst ${address.includes(':') ? `[${address}]` : address}`);
  const ours = `( sport = :${port}${others.join('')} )`;
  return {
    verb: 'alone',
    node: from,
    title: `see that nobody else is connected to ${name}`,
    danger: 'none',
    guards: [
      {
        ask: command('ss', '-H', '-t', '-n', '-p', 'state', 'connected', 'exclude', 'time-wait', ours),
        expect: { stdout: '' },
        proves: `no session of ${name} is left of a node that may not write it; stop what uses it there, or \`kill\` the nbd-server of that session here, and plan again (N7)`,
      },
    ],
    actions: [],
    reason: 'who was let in before stays until it hangs up',
  };
}

function isFree(name: string): Command {
  return command(importHolderPath, 'free', servedPaths('import', name).config);
}

export function release(exported: NbdExport, node: NodeName): StepDraft {
  return {
    verb: 'release',
    node,
    title: `let go of ${exported.name}, which nobody uses here, while its server restarts`,
    danger: 'interrupts',
    guards: [unused(exported)],
    actions: [run('systemctl', 'stop', servedUnit('import', exported.name))],
    reason: 'its export gets another configuration',
  };
}

export function resume(exported: NbdExport, node: NodeName): StepDraft {
  return {
    verb: 'resume',
    node,
    title: `import ${exported.name} again`,
    needs: [`${exported.from}#restart`],
    danger: 'none',
    guards: [],
    // What it needs besides may come later in this plan; its own step then waits for it.
    actions: [run('systemctl', 'start', '--no-block', servedUnit('import', exported.name))],
    reason: 'its export was restarted',
  };
}

export function enable(side: 'export' | 'import', name: string, node: NodeName): StepDraft {
  const unit = servedUnit(side, name);
  return {
    verb: 'enable',
    node,
    title: `start ${unit} at boot`,
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'enable', unit)],
    reason: 'it runs, but would not after a boot',
  };
}
