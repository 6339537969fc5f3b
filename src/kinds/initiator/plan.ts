/** An import is logged in to, or its settings are carried out anew. Nothing here ever logs out (I8). */
import { command, type Guard } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { importPath } from '../backing.ts';
import { bringUp, type UnitFact } from '../instance.ts';
import { portalsOf, wwidOf } from '../iscsi.ts';
import type { Thing } from '../kind.ts';
import { unreadable } from '../reading.ts';
import { refuse, type StepDraft, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { LiveImports } from './facts.ts';
import { shutOut } from './maps.ts';
import { sysfs, unitOf } from './names.ts';
import { problems, troubles } from './problems.ts';
import type { InitiatorWant } from './things.ts';

export function plan({ name, nodes: [node = ''], want }: Thing<InitiatorWant>, world: World): Verdict {
  const { live, units } = world.have('initiator', node);
  if (!live.known) return refuse(unreadable(`initiator/${name}`, node, live.why));
  if (!units.known) return refuse(unreadable(`initiator/${name}`, node, units.why));
  const wrong = [...problems(want, node, live.value), ...shutOut(want, node, live.value, world)];
  if (wrong.length > 0) return refuse(...wrong);
  const unit = units.value[unitOf(name)];
  if (isAsWished(want, live.value, unit)) return { steps: [], diagnostics: troubles(want, node, live.value) };
  const used = live.value.maps.some(({ wwid }) => wwid === wwidOf(want.exported));
  return { steps: [connect(want, node, unit, used)], diagnostics: [] };
}

/** A session whose line is broken is one all the same; portals that were never reached are tried again by the unit. */
function isAsWished(
  { exported, settings, bytes }: InitiatorWant,
  live: LiveImports,
  unit: UnitFact | undefined,
): boolean {
  const map = live.maps.find(({ wwid }) => wwid === wwidOf(exported));
  if (map === undefined || map.bytes < bytes || settings === undefined) return false;
  return live.applied[exported.name] === settings && unit?.active === 'active' && unit.enabled && map.paths.length > 0;
}

function connect(
  { exported, bytes }: InitiatorWant,
  node: NodeName,
  unit: UnitFact | undefined,
  used: boolean,
): StepDraft {
  const { name, iqn, from } = exported;
  const portals = portalsOf(exported);
  return {
    verb: used ? 'reload' : 'connect',
    node,
    title: used
      ? `carry out what changed of the import ${name}`
      : `import ${name} from ${from} over ${portals.join(' and ')} as ${importPath(exported)}`,
    danger: 'none',
    guards: [onlyOurs(name, iqn, wwidOf(exported))],
    actions: bringUp(unitOf(name), unit),
    reason: used
      ? `its settings are not what the inventory says, or it has fewer than ${bytes} bytes; its sessions stay`
      : `the inventory asks for an import that ${node} does not have`,
  };
}

/** The disks of other targets that bear this one's identity: multipath would join them within seconds (I2; tried). */
const othersScript = `for session in ${sysfs}/class/iscsi_session/session*; do
  read -r iqn 2>/dev/null <"$session/targetname" && [ "$iqn" != "$1" ] || continue
  for disk in "$session"/device/target*/*:*:*:*/wwid; do
    read -r wwid 2>/dev/null <"$disk" && [ "$wwid" = "naa.$2" ] && echo "$iqn"
  done
done
true`;

function onlyOurs(name: string, iqn: string, wwid: string): Guard {
  return {
    ask: command('sh', '-c', othersScript, 'sh', iqn, wwid.slice(1)),
    expect: { stdout: '' },
    proves: `no other target shows a disk with the identity of ${name} (I2)`,
  };
}
