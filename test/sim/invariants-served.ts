/** What must hold of what is served and imported, whatever goes wrong (safety.md, N1 to N10, S3). */
import { importersOf } from '../../src/kinds/reach.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { Violation } from './invariants.ts';
import type { Device } from './machine/content.ts';
import type { Machine } from './machine/machine.ts';
import type { NbdDevice } from './machine/nbd-device.ts';
import { isAlive } from './machine/nbd-session.ts';
import type { Room } from './room.ts';

/** Puts what it finds among the others. */
export function watchServed(room: Room, violations: Violation[]): void {
  const led = new WeakMap<NbdDevice, Device>();
  room.checks.push((_room, machine, argv) => {
    const during = `after ${machine.name}$ ${argv.join(' ')}`;
    const wrong = (rule: string, detail: string): void => {
      if (violations.length < 20) violations.push({ rule, detail: `${detail}, ${during}` });
    };
    const devices = [...room.machines.values()].flatMap(({ nbd }) => nbd.filter(({ gone }) => !gone));
    for (const [at, one] of devices.entries()) {
      const below = belowOf(one);
      const before = led.get(one);
      if (before !== undefined && before !== below) wrong('a device keeps its data', nameOf(one));
      led.set(one, below);
      for (const other of devices.slice(at + 1))
        if (
          !one.readOnly &&
          !other.readOnly &&
          belowOf(other) === below &&
          !(isHandedOver(one) && isOneServed(one, other))
        )
          wrong('one importer of what is written', `${nameOf(one)} and ${nameOf(other)}`);
    }
    for (const one of devices.filter((each) => isAlive(each.session) && !mayWrite(each)))
      wrong('one importer of what is written', `${nameOf(one)} is served, and another one has come`);
    for (const each of room.machines.values()) {
      for (const detail of [...strayLinks(each), ...openToAll(each)])
        wrong('what is served is what it is called', detail);
      for (const detail of usedTwice(each, devices)) wrong('one importer of what is written', detail);
    }
  });
}

/** While a guest moves two have a device of it (docs/decisions/0016): its server says so in its list, and serves one of them. */
function isHandedOver({ session: { server, served } }: NbdDevice): boolean {
  return server.machine.files.get(served.allow)?.content.includes('\n# move ') === true;
}

/** Once the target has come, it alone is served. */
function mayWrite({ machine, session: { server, served } }: NbdDevice): boolean {
  const note = /^# move \S+ (\S+) \d+ come$/m.exec(server.machine.files.get(served.allow)?.content ?? '');
  return note === null || note[1] === machine.address;
}

function isOneServed(one: NbdDevice, other: NbdDevice): boolean {
  return !(isAlive(one.session) && isAlive(other.session));
}

function belowOf({ session }: NbdDevice): Device {
  return session.device.below;
}

function nameOf({ machine, path, backend }: NbdDevice): string {
  return `${machine.name} ${path} (${backend})`;
}

/** N8: the name leads to its own import, or nowhere. */
function strayLinks(machine: Machine): readonly string[] {
  return machine.files.below('/dev/gnbd').flatMap((path) => {
    const device = machine.nbd.find((one) => !one.gone && one.path === machine.files.real(path));
    const name = path.slice('/dev/gnbd/'.length);
    if (device === undefined || device.backend.startsWith(`${name}-`) || machine.disconnectedByHand.has(name))
      return [];
    return [`${machine.name} ${path} leads to ${device.backend}`];
  });
}

/** N2: who may connect is known before anybody can. */
function openToAll(machine: Machine): readonly string[] {
  return machine.nbdServers
    .filter(({ main }) => main.alive)
    .flatMap(({ served }) => served)
    .filter(({ allow }) => machine.files.get(allow) === undefined)
    .map(({ wireName }) => `${machine.name} serves ${wireName} to everybody`);
}

/** C2, X1: what others write over the network nobody writes here. */
function usedTwice(machine: Machine, devices: readonly NbdDevice[]): readonly string[] {
  return machine.domains.flatMap((domain) =>
    domain.disks
      .filter(({ open, readOnly }) => open && !readOnly)
      .flatMap(({ device }) => devices.filter((one) => !one.readOnly && belowOf(one) === device))
      .map((one) => `${nameOf(one)}, and ${domain.name} on ${machine.name}`),
  );
}

/** Every export is served, and connected where it is to be. */
export function servedAsWished(room: Room, site: Site): readonly string[] {
  return Object.values(site.exports).flatMap((exported) => {
    if (exported.via === 'iscsi') return [];
    return importersOf(exported, site).flatMap((node) => {
      const machine = room.machines.get(node);
      const path = machine?.files.real(`/dev/gnbd/${exported.name}`);
      const device = machine?.nbd.find((one) => !one.gone && one.path === path);
      if (device === undefined) return [`${exported.name} is not connected on ${node}`];
      const bytes = 'volume' in exported.backing ? (site.volumes[exported.backing.volume]?.bytes ?? 0) : 0;
      if (device.bytes < bytes) return [`${exported.name} on ${node} has ${device.bytes} bytes`];
      return device.going === 'goes' ? [] : [`${exported.name} on ${node} ${device.going}`];
    });
  });
}
