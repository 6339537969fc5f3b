/** What an export needs: its slice marked, its server started; restarted only while nobody uses it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { promoteSteps } from '../drbd/promote.ts';
import { servedPaths, servedUnit } from '../file/paths.ts';
import type { ImportFacts } from '../import/facts.ts';
import type { Thing } from '../kind.ts';
import { unknown, unreadable } from '../reading.ts';
import type { NbdExport, Volume } from '../site.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { sliceBelow, volumeOf } from './backing.ts';
import type { Unit } from './facts.ts';
import * as refusals from './refusals.ts';
import * as step from './steps.ts';
import type { ExportWant } from './things.ts';
import { tagOf } from './wire.ts';

export function plan({ want }: Thing<ExportWant>, world: World): Verdict {
  const { exported, port, words, config } = want;
  const { name, from } = exported;
  if (!port.known) return refuse(refusals.noPort(exported, port.why));
  if (!words.known) return refuse(unreadable(`export/${name}`, from, words.why));
  const { units, started } = world.have('export', from);
  if (!units.known) return refuse(unreadable(`export/${name}`, from, units.why));
  if (!started.known) return refuse(unreadable(`export/${name}`, from, started.why));
  const unit = units.value[name];
  if (unit === undefined)
    return refuse(unreadable(`export/${name}`, from, `systemd did not tell of ${servedUnit('export', name)}`));
  if (unit.load === 'masked') return refuse(refusals.masked('export', name, from));
  const volume = volumeOf(exported, world.site);
  const marking = volume === undefined ? { steps: [], diagnostics: [] } : mark(want, volume, unit, world);
  if (marking.diagnostics.length > 0) return marking;
  const promotion = volume === undefined || volume.replicas.length < 2 ? undefined : promoteSteps(volume, from, world);
  if (promotion !== undefined && promotion.problems.length > 0) return refuse(...promotion.problems);
  const before = [...marking.steps, ...(promotion?.steps ?? [])];
  const path = servedPaths('export', name).config;
  const digest = config === undefined ? undefined : world.digest(config);
  const asStarted = digest === undefined || started.value[path] === digest;
  const serving = serve(want, words.value, unit, asStarted && marking.steps.length === 0, world);
  return { ...serving, steps: [...before, ...serving.steps] };
}

function serve(want: ExportWant, words: readonly string[], unit: Unit, asStarted: boolean, world: World): Verdict {
  if (unit.active !== 'active') return steps(step.start(want, words));
  if (!asStarted || unit.reload) return restart(want, words, world);
  return unit.enabled === 'enabled' ? asWished : steps(step.enable('export', want.exported.name, want.exported.from));
}

/** N3: whoever imports it lets go first, which it only does when nobody uses it there. */
function restart(want: ExportWant, words: readonly string[], world: World): Verdict {
  const { exported, importers } = want;
  const problems = Object.keys(world.site.nodes).flatMap((node) => cutOff(exported, importers, node, world));
  if (problems.length > 0) return refuse(...problems);
  const holding = importers.filter((node) => mayHold(world.have('import', node), exported));
  return steps(
    ...holding.map((node) => step.release(exported, node)),
    step.restart(want, words, holding),
    ...holding.map((node) => step.resume(exported, node)),
  );
}

/** Devices that a restart would cut off for good: on nodes that may no longer connect, or with no holder to connect them again. */
function cutOff(
  exported: NbdExport,
  importers: readonly NodeName[],
  node: NodeName,
  world: World,
): readonly Diagnostic[] {
  const { units, devices } = world.have('import', node);
  const importer = importers.includes(node);
  if (!devices.known) return importer ? [] : [unreadable(`export/${exported.name}`, node, devices.why)];
  if (!devices.value.some(({ wireName }) => wireName === exported.wireName)) return [];
  if (!importer) return [refusals.importedElsewhere(exported, node)];
  const stopped = units.known && (units.value[exported.name]?.active ?? 'inactive') === 'inactive';
  return stopped ? [refusals.nobodyHolds(exported, node)] : [];
}

/** What cannot be read is asked on the spot by the guard. */
function mayHold({ units, devices }: ImportFacts, { name }: NbdExport): boolean {
  return !units.known || !devices.known || (units.value[name]?.active ?? 'inactive') !== 'inactive';
}

/**
 * The slice that is served for the first time gets the mark without which the server does not start (C3). Of an export
 * that was served before, it is another one: whoever imports it holds the data of the first (S3).
 */
function mark(want: ExportWant, volume: Volume, unit: Unit, world: World): Verdict {
  const { exported } = want;
  const have = sliceBelow(volume, exported, world) ?? unknown('it was not asked for');
  if (!have.known) return refuse(unreadable(`export/${exported.name}`, exported.from, have.why));
  if (have.value?.tags.includes(tagOf(exported)) === true) return { steps: [], diagnostics: [] };
  const served = unit.enabled === 'enabled';
  if (served && !world.adopt.has(`export/${exported.name}`)) return refuse(refusals.otherVolume(exported, volume));
  return { steps: [step.mark(exported, volume, have.value)], diagnostics: [] };
}
