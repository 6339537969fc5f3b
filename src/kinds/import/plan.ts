/** What an import needs: its holder started, and started anew when its files changed, which whoever uses it does not notice. */
import type { Diagnostic } from '../../diagnostic.ts';
import { run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { Unit } from '../export/facts.ts';
import { portOf } from '../export/port.ts';
import { importedElsewhere, importedUnseen, masked } from '../export/refusals.ts';
import { alone, enable, unused } from '../export/steps.ts';
import { importHolderPath, servedPaths, servedUnit } from '../file/paths.ts';
import type { Thing } from '../kind.ts';
import { unreadable } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { ImportedDevice } from './facts.ts';
import type { ImportWant } from './things.ts';

export function plan({ nodes: [node], want }: Thing<ImportWant>, world: World): Verdict {
  // Why there is no port is said by the export.
  if (node === undefined || want.started === undefined || want.standby) return asWished;
  const { exported } = want;
  const { units, started, devices } = world.have('import', node);
  const unread = [units, started, devices].find((one) => !one.known);
  const unit = units.known ? units.value[exported.name] : undefined;
  if (unread !== undefined && !unread.known) return refuse(unreadable(`import/${exported.name}`, node, unread.why));
  if (!started.known || !devices.known || unit === undefined)
    return refuse(unreadable(`import/${exported.name}`, node, 'systemd did not tell of its unit'));
  if (unit.load === 'masked') return refuse(masked('import', exported.name, node));
  const device = devices.value.find(({ wireName }) => wireName === exported.wireName);
  const others = exported.readOnly ? [] : elsewhere(exported, node, world);
  if (others.length > 0) return refuse(...others);
  const taking = device === undefined && !exported.readOnly;
  if (taking && world.leftOut.length > 0 && !world.adopt.has(`import/${exported.name}`))
    return refuse(importedUnseen(exported, node, world.leftOut));
  const asStarted = Object.entries(want.started).every(([path, content]) => {
    const digest = world.digest(content);
    return digest === undefined || started.value[path] === digest;
  });
  const drafts = change(want, node, unit, device, asStarted);
  const port = portOf(exported, world.site, world);
  return steps(...(taking && port.known ? [alone(exported, port.value, world), ...drafts.map(afterAlone)] : drafts));

  function afterAlone(draft: StepDraft): StepDraft {
    return { ...draft, needs: [`${exported.from}#alone`] };
  }
}

/**
 * N7: of what is written there is one importer. Any node may have it, also one that the inventory once named and names no longer;
 * it lets go first, and one that cannot be read may have it.
 */
function elsewhere(exported: NbdExport, node: NodeName, world: World): readonly Diagnostic[] {
  return Object.keys(world.site.nodes)
    .filter((other) => other !== node)
    .flatMap((other) => {
      const { devices } = world.have('import', other);
      if (!devices.known) return [unreadable(`import/${exported.name}`, other, devices.why)];
      return devices.value.some(({ wireName }) => wireName === exported.wireName)
        ? [importedElsewhere(exported, other)]
        : [];
    });
}

function change(
  { exported, bytes }: ImportWant,
  node: NodeName,
  unit: Unit,
  device: ImportedDevice | undefined,
  asStarted: boolean,
): readonly StepDraft[] {
  if (device !== undefined && device.connections !== exported.connections)
    return [
      reconnect(
        exported,
        node,
        `it has ${device.connections} connections, the inventory asks for ${exported.connections}`,
      ),
    ];
  if (device !== undefined && device.bytes < bytes)
    return [reconnect(exported, node, 'its export has grown, and a connected device does not')];
  if (unit.active !== 'active' || device === undefined) return [start(exported, node)];
  if (!asStarted || unit.reload) return [restart(exported, node)];
  return unit.enabled === 'enabled' ? [] : [enable('import', exported.name, node)];
}

/** The check first, in the open: who answers is told here, and not only in the journal of systemd (S3). */
function begin({ name }: NbdExport) {
  const unit = servedUnit('import', name);
  return [
    run('systemctl', 'daemon-reload'),
    run(importHolderPath, 'check', servedPaths('import', name).config),
    run('systemctl', 'enable', unit),
    run('systemctl', 'restart', unit),
  ];
}

function start(exported: NbdExport, node: NodeName): StepDraft {
  return {
    verb: 'start',
    node,
    title: `import ${exported.name} from ${exported.from} as /dev/gnbd/${exported.name}`,
    danger: 'none',
    guards: [],
    actions: begin(exported),
    reason: 'the inventory imports it here, and it is not connected',
  };
}

function restart(exported: NbdExport, node: NodeName): StepDraft {
  return {
    verb: 'restart',
    node,
    title: `hold ${exported.name} by its new configuration; its device stays connected`,
    danger: 'none',
    guards: [],
    actions: begin(exported),
    reason: 'it was started with another',
  };
}

function reconnect(exported: NbdExport, node: NodeName, reason: string): StepDraft {
  return {
    verb: 'reconnect',
    node,
    title: `disconnect ${exported.name}, which nobody uses here, and connect it anew`,
    danger: 'interrupts',
    guards: [unused(exported)],
    actions: [run('systemctl', 'stop', servedUnit('import', exported.name)), ...begin(exported)],
    reason,
  };
}
