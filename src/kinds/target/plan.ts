/** A target is made, or its settings are carried out anew; no line of anybody is dropped by it (I4). */
import { command, type Guard } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import { underXen } from '../domain/parse.ts';
import { promoteSteps } from '../drbd/promote.ts';
import { markOf } from '../export/wire.ts';
import { bringUp, type UnitFact } from '../instance.ts';
import { portalsOf } from '../iscsi.ts';
import type { Thing } from '../kind.ts';
import { unreadable } from '../reading.ts';
import type { IscsiExport } from '../site/exports.ts';
import type { Volume } from '../site.ts';
import { asWished, refuse, type StepDraft, type Verdict } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import type { World } from '../world.ts';
import type { LiveTarget, LiveTargets } from './facts.ts';
import { storeFolder, unitOf } from './names.ts';
import { problems } from './problems.ts';
import { mark, selected } from './slice.ts';
import type { TargetWant } from './things.ts';

export function plan({ name, nodes: [node = ''], want }: Thing<TargetWant>, world: World): Verdict {
  const { live, units } = world.have('target', node);
  const { device } = want;
  if (!live.known) return refuse(unreadable(`target/${name}`, node, live.why));
  if (!units.known) return refuse(unreadable(`target/${name}`, node, units.why));
  if (!device.known) return refuse(unreadable(`target/${name}`, node, device.why));
  const wrong = problems(want, device.value, node, live.value);
  if (wrong.length > 0) return refuse(...wrong);
  const own = live.value.targets.find(({ iqn }) => iqn === want.exported.iqn);
  const unit = units.value[unitOf(name)];
  const volume = volumeOf(want.exported, world);
  const marking = volume === undefined ? asWished : mark(want.exported, volume, unit, world);
  if (marking.diagnostics.length > 0) return marking;
  if (marking.steps.length === 0 && isAsWished(want, live.value, own, unit)) return asWished;
  const promotion =
    volume === undefined || volume.replicas.length < 2
      ? { steps: [], problems: [] }
      : promoteSteps(volume, node, world);
  if (promotion.problems.length > 0) return refuse(...promotion.problems);
  const serving = own?.enabled === true;
  const step = serve(want.exported, device.value, node, volume, serving, unit);
  return { steps: [...marking.steps, ...promotion.steps, step], diagnostics: [] };
}

/** What the kernel has, and that it comes from these very settings: names and passwords are not to be seen in facts. */
function isAsWished(
  { exported, initiators, settings }: TargetWant,
  { applied }: LiveTargets,
  own: LiveTarget | undefined,
  unit: UnitFact | undefined,
): boolean {
  if (own === undefined || settings === undefined || applied[exported.name] !== settings) return false;
  if (unit?.active !== 'active' || !unit.enabled) return false;
  const entries = new Map(own.entries.map((entry) => [entry.initiator, entry]));
  return (
    own.enabled &&
    !own.open &&
    own.authentication === (exported.chap !== undefined) &&
    own.luns['lun_0'] === `${storeFolder}/${exported.name}` &&
    portalsOf(exported).every((portal) => own.portals.includes(portal)) &&
    entries.size === initiators.length &&
    initiators.every((one) => entries.get(one)?.readOnly === exported.readOnly)
  );
}

function volumeOf({ backing }: IscsiExport, { site }: World): Volume | undefined {
  return 'volume' in backing ? site.volumes[backing.volume] : undefined;
}

function serve(
  exported: IscsiExport,
  device: string,
  node: NodeName,
  volume: Volume | undefined,
  serving: boolean,
  unit: UnitFact | undefined,
): StepDraft {
  const { name, iqn } = exported;
  return {
    verb: serving ? 'reload' : 'serve',
    node,
    title: serving ? `carry out what changed of the target ${iqn}` : `serve ${device} as ${iqn}`,
    danger: 'none',
    guards: [...right(exported, volume), ...(serving ? [] : [notOfAGuest(device), ...free(volume)])],
    actions: bringUp(unitOf(name), unit),
    reason: serving
      ? 'its settings are not what the inventory says; who is logged in stays so'
      : 'the inventory asks for an export that the node does not serve',
  };
}

/** Of a mirror too: its slice may be made anew, and the mirror with it. */
function right(exported: IscsiExport, volume: Volume | undefined): readonly Guard[] {
  if (volume === undefined) return [];
  const { group, name } = volume;
  return [
    {
      ask: selected(volume, `lv_tags=${markOf(exported)} && lv_tags!=${tags.unfinished}`),
      expect: { stdout: name },
      proves: `${group}/${name} is the volume that was marked for it, whole (C3, S3)`,
    },
  ];
}

/** Whoever has it open mounted or without a word: the kernel gives LIO only what nobody else has claimed, but a guest claims nothing. */
function free(volume: Volume | undefined): readonly Guard[] {
  if (volume === undefined || volume.replicas.length > 1) return [];
  return [
    {
      ask: selected(volume, 'lv_device_open=0'),
      expect: { stdout: volume.name },
      proves: `nobody has ${volume.group}/${volume.name} open (C2)`,
    },
  ];
}

function notOfAGuest(device: string): Guard {
  return {
    ask: command('sh', '-c', `${underXen}\nexec xl list -l`),
    expect: { lacks: `"${literal(device)}"` },
    proves: `no guest has ${device} (C2)`,
  };
}
