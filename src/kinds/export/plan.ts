/** What an export needs: its slice marked, its server started; restarted only while nobody uses it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { promoteSteps } from '../drbd/promote.ts';
import { servedPaths, servedUnit } from '../file/paths.ts';
import type { ImportFacts } from '../import/facts.ts';
import type { Thing } from '../kind.ts';
import { known, unreadable } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import type { World } from '../world.ts';
import { isServedLast, sliceBelow, volumeOf } from './backing.ts';
import type { Unit } from './facts.ts';
import { listOf } from './list.ts';
import * as refusals from './refusals.ts';
import * as step from './steps.ts';
import type { ExportWant } from './things.ts';
import { exportTags, tagOf } from './wire.ts';

export function plan({ want }: Thing<ExportWant>, world: World): Verdict {
  const { exported, port, words, config } = want;
  const { name, from } = exported;
  if (!port.known) return refuse(refusals.noPort(exported, port.why));
  if (!words.known) return refuse(unreadable(`export/${name}`, from, words.why));
  const list = listOf(exported, world);
  if (!list.known) return refuse(unreadable(`export/${name}`, from, list.why));
  if (list.value.move !== undefined) return refuse(refusals.handedOver(exported, list.value.move, world.site));
  const { units, started, records } = world.have('export', from);
  if (!units.known) return refuse(unreadable(`export/${name}`, from, units.why));
  if (!started.known) return refuse(unreadable(`export/${name}`, from, started.why));
  const unit = units.value[name];
  if (unit === undefined)
    return refuse(unreadable(`export/${name}`, from, `systemd did not tell of ${servedUnit('export', name)}`));
  if (unit.load === 'masked') return refuse(refusals.masked('export', name, from));
  const volume = volumeOf(exported, world.site);
  const slice = volume === undefined ? known(undefined) : sliceBelow(volume, exported, world);
  if (!slice.known) return refuse(unreadable(`export/${name}`, from, slice.why));
  if (!records.known) return refuse(unreadable(`export/${name}`, from, records.why));
  const other = slice.value === undefined ? undefined : otherTag(exported, slice.value, world.site);
  if (volume !== undefined && other !== undefined) return refuse(refusals.otherExport(exported, volume, other));
  const elsewhere = volume === undefined ? [] : servedElsewhere(exported, volume.replicas, world);
  if (elsewhere.length > 0) return refuse(...elsewhere);
  const last = records.value[name];
  const marked = volume === undefined || slice.value?.tags.includes(tagOf(exported)) === true;
  const moved =
    last === undefined ? !marked && unit.enabled === 'enabled' : !isServedLast(last, exported, slice.value, world.site);
  if (moved && !world.adopt.has(`export/${name}`)) return refuse(refusals.otherBacking(exported));
  const marking = volume === undefined || marked ? [] : [step.mark(exported, volume, slice.value)];
  const promotion = volume === undefined || volume.replicas.length < 2 ? undefined : promoteSteps(volume, from, world);
  if (promotion !== undefined && promotion.problems.length > 0) return refuse(...promotion.problems);
  const before = [...marking, ...(promotion?.steps ?? [])];
  if (moved) return restart(want, words.value, [step.forget(exported, last !== undefined), ...before], world);
  const path = servedPaths('export', name).config;
  const digest = config === undefined ? undefined : world.digest(config);
  const asStarted = digest === undefined || started.value[path] === digest;
  const serving = serve(want, words.value, unit, asStarted && marking.length === 0, world);
  return { ...serving, steps: [...before, ...serving.steps] };
}

function serve(want: ExportWant, words: readonly string[], unit: Unit, asStarted: boolean, world: World): Verdict {
  if (unit.active !== 'active') return steps(step.start(want, words));
  if (!asStarted || unit.reload) return restart(want, words, [], world);
  return unit.enabled === 'enabled' ? asWished : steps(step.enable('export', want.exported.name, want.exported.from));
}

/**
 * N3, S3: whoever imports it lets go first, which it only does when nobody uses it there; what it stands on changes only then.
 */
function restart(want: ExportWant, words: readonly string[], before: readonly StepDraft[], world: World): Verdict {
  const { exported, importers } = want;
  const problems = Object.keys(world.site.nodes).flatMap((node) => cutOff(exported, importers, node, world));
  if (problems.length > 0) return refuse(...problems);
  const holding = importers.filter((node) => mayHold(world.have('import', node), exported));
  return steps(
    ...holding.map((node) => step.release(exported, node)),
    ...firstAfter(before, holding),
    step.restart(want, words, holding),
    ...holding.map((node) => step.resume(exported, node)),
  );
}

function firstAfter([first, ...rest]: readonly StepDraft[], holding: readonly NodeName[]): readonly StepDraft[] {
  return first === undefined ? [] : [{ ...first, needs: holding.map((node) => `${node}#release`) }, ...rest];
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

/** A mirror may have been served by another of its nodes, whose unit the inventory names no longer. */
function servedElsewhere(exported: NbdExport, replicas: readonly NodeName[], world: World): readonly Diagnostic[] {
  return replicas.flatMap((node) => {
    if (node === exported.from || (world.leftOut.includes(node) && world.adopt.has(`export/${exported.name}`)))
      return [];
    const { units } = world.have('export', node);
    if (!units.known) return [unreadable(`export/${exported.name}`, node, units.why)];
    const { active = 'inactive', enabled = '' } = units.value[exported.name] ?? {};
    return active === 'inactive' && enabled !== 'enabled' ? [] : [refusals.servedElsewhere(exported, node)];
  });
}

/** N7: another export serves this volume, or did and was not told to stop; those of the inventory were compared with it (checks). */
function otherTag(exported: NbdExport, { tags }: LogicalVolume, site: Site): string | undefined {
  const declared = Object.values(site.exports).flatMap((one) => (one.via === 'iscsi' ? [] : [tagOf(one)]));
  return tags.find((tag) => tag.startsWith(exportTags) && tag !== tagOf(exported) && !declared.includes(tag));
}
