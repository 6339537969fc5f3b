/** Why a target is not made or changed: what the kernel has already would be in its way, or in danger. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { LiveTargets } from './facts.ts';
import { storeFolder, unitOf } from './names.ts';
import type { TargetWant } from './things.ts';

export function problems(want: TargetWant, device: string, node: NodeName, live: LiveTargets): readonly Diagnostic[] {
  const { name, iqn, serial } = want.exported;
  const ownStore = `${storeFolder}/${name}`;
  const others = live.stores.filter(({ id }) => id !== ownStore);
  const own = live.stores.find(({ id, enabled }) => id === ownStore && enabled);
  const groups = live.targets.filter((one) => one.iqn === iqn);
  const guests = groups.flatMap(({ entries }) =>
    entries.filter(({ initiator, loggedIn }) => loggedIn && !want.initiators.includes(initiator)),
  );
  return [
    ...others
      .filter((store) => store.device === device)
      .map(({ id }) => taken(name, node, `the backstore ${id} has ${device}`)),
    ...others.filter((store) => store.serial === serial).map(({ id }) => sameSerial(name, node, id, serial)),
    ...(own !== undefined && (own.device !== device || own.serial !== serial)
      ? [another(name, node, own.device, own.serial)]
      : []),
    ...groups.filter(({ group }) => group !== 'tpgt_1').map(({ group }) => taken(name, node, `${iqn} has ${group}`)),
    ...groups.flatMap(({ luns }) =>
      Object.entries(luns)
        .filter(([lun, store]) => lun !== 'lun_0' || store !== ownStore)
        .map(([lun, store]) => taken(name, node, `${iqn} has ${store} as ${lun}`)),
    ),
    ...guests.map(({ initiator }) => stillIn(name, node, initiator)),
  ];
}

function taken(name: string, node: NodeName, what: string): Diagnostic {
  return error(
    'target/taken',
    'What an export needs is used by another target',
    `target/${name} on ${node}: ${what}, and sanctl did not make it (C2).`,
    {
      help: `Look at it on ${node} (\`ls /sys/kernel/config/target/iscsi\`, \`targetcli ls\`); take it away there when nobody uses it, and plan again.`,
    },
  );
}

function sameSerial(name: string, node: NodeName, id: string, serial: string): Diagnostic {
  return error(
    'target/same-serial',
    'Two backstores have one serial',
    `target/${name} on ${node}: ${id} has the serial ${serial} too; multipath would join both into one disk (I2).`,
    {
      help: `Give ${id} another serial, or take it away, when nobody uses it.`,
    },
  );
}

function another(name: string, node: NodeName, device: string, serial: string): Diagnostic {
  return error(
    'target/other-device',
    'A target serves something else',
    `target/${name} on ${node} serves ${device} with the serial ${serial}, which is not what the inventory says (I2, I8).`,
    {
      help: `When no importer uses it: \`systemctl stop ${unitOf(name)}\` on ${node}, and plan again.`,
    },
  );
}

function stillIn(name: string, node: NodeName, initiator: string): Diagnostic {
  return error(
    'target/in-use',
    'Somebody is logged in who is no importer',
    `target/${name} on ${node}: ${initiator} is logged in, and the inventory does not let it (N7).`,
    {
      help: 'Log it out there, when nothing uses its disk (`systemctl stop sanctl-initiator@NAME.service` refuses otherwise), and plan again.',
    },
  );
}
