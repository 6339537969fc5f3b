/** The holder of an import (templates/import/import.hbs), as it was seen at work: connects, proves, and replaces what dies. */
import { type Answer, fail, say } from './answer.ts';
import { sha256 } from './files.ts';
import type { Machine } from './machine.ts';
import { NbdDevice } from './nbd-device.ts';
import { call, Denied, go, Unreachable } from './nbd-server.ts';
import { isAlive, type NbdServer, type Session } from './nbd-session.ts';
import { openersOf } from './openers.ts';
import type { FileUnit, Life } from './units.ts';

const holder = '/etc/sanctl/import';
const records = '/var/lib/sanctl/import';

interface Want {
  readonly name: string;
  readonly export: string;
  readonly server: string;
  readonly address: string;
  readonly port: number;
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly timeout: number | null;
  readonly tls: { readonly authority: string } | null;
  connections: number;
  serving?: string;
  size?: number;
}

/** N1: the right one, without all that it had acknowledged. */
class Forgotten extends Denied {}

function wanted(machine: Machine, path: string): Want {
  return JSON.parse(machine.files.get(path)?.content ?? '{}') as Want;
}

function deviceOf(machine: Machine, want: Want): NbdDevice | undefined {
  const found = machine.nbd.find((one) => !one.gone && one.backend.split('/')[0] === want.export);
  if (found === undefined) return undefined;
  const at = found.backend.lastIndexOf('/');
  want.serving = found.backend.slice(0, at);
  want.connections = Number(found.backend.slice(at + 1));
  return found;
}

/** Who is there, and under which name it serves: nobody else, no other data, nothing forgotten (S3, N1). */
function meet(machine: Machine, want: Want): { server: NbdServer; name: string } {
  const server = call(machine, want.address, want.port);
  const own = want.tls === null ? undefined : machine.files.get(want.tls.authority)?.content;
  if (own === undefined && server.authority !== undefined)
    throw new Denied('the server refuses: TLS not allowed on this server');
  if (own !== server.authority)
    throw new Denied('the certificate of the server: unable to get local issuer certificate');
  const names = server.served.map(({ wireName }) => wireName).filter((name) => name.split('/')[0] === want.export);
  const [name] = names;
  if (name === undefined || names.length > 1 || name.split('/').length !== 3)
    throw new Denied(`${want.server} serves no ${want.export}`);
  const was = want.serving ?? name;
  if (name !== was) {
    if (name.split('/')[1] !== was.split('/')[1])
      throw new Denied(`${want.server} serves other data than what is connected here (S3)`);
    throw new Forgotten(`${want.server} went down before all that it had acknowledged was on its disks (N1)`);
  }
  return { server, name };
}

function connect(machine: Machine, want: Want): Session {
  const { server, name } = meet(machine, want);
  const session = go(server, name, machine);
  const least = Math.max(want.bytes, want.size ?? 0);
  const { served, device, child } = session;
  const trouble =
    device.bytes < least
      ? `${want.export} has ${device.bytes} bytes, not ${least}`
      : served.readOnly !== want.readOnly
        ? `${want.export} is ${served.readOnly ? 'read-only' : 'writable'}`
        : !want.readOnly && !served.flush
          ? `${want.export} does not say when a write is durable (flush)`
          : undefined;
  if (trouble !== undefined) {
    child.end();
    throw new Denied(trouble);
  }
  want.serving = name;
  return session;
}

/** `import hold FILE`, until it is told to end or must give up. */
export function* hold(machine: Machine, unit: FileUnit, path: string): Life {
  const want = wanted(machine, path);
  unit.onTerm = () => leave(machine, want);
  try {
    const device = yield* attach(machine, unit, want);
    makeLink(machine, want, device);
    remember(machine, want, path);
    unit.active = 'active';
    return yield* watch(machine, unit, want, device);
  } catch (problem) {
    unit.onTerm = undefined;
    if (problem instanceof Forgotten) giveUp(machine, want);
    if (!(problem instanceof Denied)) throw problem;
    unit.status = problem.message;
    return 1;
  }
}

function* attach(machine: Machine, unit: FileUnit, want: Want): Generator<number, NbdDevice> {
  const known = deviceOf(machine, want);
  dropLink(machine, want, known);
  if (known !== undefined) want.size = known.bytes;
  let session: Session | undefined;
  while (session === undefined) {
    try {
      session = connect(machine, want);
    } catch (problem) {
      if (!(problem instanceof Unreachable)) throw problem;
      unit.status = `${want.server} cannot be reached: ${problem.message}`;
      yield problem.seconds + 2;
    }
  }
  keep(machine, want);
  if (known !== undefined && !known.gone) {
    known.reconnect(session);
    return known;
  }
  const device = new NbdDevice(
    {
      machine,
      index: freeIndex(machine),
      backend: `${want.serving}/${want.connections}`,
      readOnly: want.readOnly,
      ...patience(want),
    },
    session,
  );
  machine.nbd = [...machine.nbd.filter((one) => !one.gone || openersOf(machine, one).length > 0), device];
  return device;
}

function patience({ timeout }: Want): { lostSeconds: number; deadSeconds: number } {
  if (timeout === null) return { lostSeconds: 15, deadSeconds: Number.POSITIVE_INFINITY };
  const silent = Math.max(1, Math.min(30, Math.floor(timeout / 2)));
  return {
    lostSeconds: Math.max(1, Math.min(15, Math.floor(timeout / 2))),
    deadSeconds: Math.max(1, timeout - silent),
  };
}

/** One that is gone and still open keeps its number. */
function freeIndex(machine: Machine): number {
  const taken = machine.nbd.filter((one) => !one.gone || openersOf(machine, one).length > 0).map(({ index }) => index);
  return Array.from({ length: 16 }, (_, at) => at).find((at) => !taken.includes(at)) ?? 16;
}

function* watch(machine: Machine, unit: FileUnit, want: Want, device: NbdDevice): Life {
  for (;;) {
    device.look(machine.around.now());
    const dead = device.isDead;
    unit.status = `${dead ? 0 : want.connections} of ${want.connections} connections to ${want.server}`;
    if (!dead) {
      yield 1;
      continue;
    }
    try {
      device.reconnect(connect(machine, want));
    } catch (problem) {
      if (problem instanceof Forgotten || !(problem instanceof Unreachable || problem instanceof Denied)) throw problem;
      unit.status += `: ${problem.message}`;
      yield (problem instanceof Unreachable ? problem.seconds : 0) + 2;
    }
  }
}

/** N10: what somebody has open stays connected. */
function leave(machine: Machine, want: Want): void {
  const device = deviceOf(machine, want);
  if (device !== undefined && openersOf(machine, device).length > 0) return;
  dropLink(machine, want, undefined);
  if (device !== undefined) disconnect(device);
}

function giveUp(machine: Machine, want: Want): void {
  const device = deviceOf(machine, want);
  if (device === undefined) return;
  dropLink(machine, want, undefined);
  disconnect(device);
  // An array keeps a member that failed until somebody takes it out.
  for (const array of machine.arrays) {
    array.look();
    array.legs = array.legs.filter((leg) => leg.device !== device || leg.state !== 'faulty');
  }
}

function disconnect(device: NbdDevice): void {
  device.gone = true;
  if (isAlive(device.session)) device.session.child.end();
}

function makeLink(machine: Machine, { name }: Want, { index }: NbdDevice): void {
  machine.files.link(`/dev/gnbd/${name}`, `../nbd${index}`);
  machine.disconnectedByHand.delete(name);
}

function dropLink(machine: Machine, { name }: Want, device: NbdDevice | undefined): void {
  const link = machine.files.get(`/dev/gnbd/${name}`);
  if (link !== undefined && link.content !== `../nbd${device?.index}`) machine.files.remove(`/dev/gnbd/${name}`);
}

function remember(machine: Machine, { name }: Want, path: string): void {
  const lines = [holder, path].map((one) => `${sha256(machine.files.get(one)?.content ?? '')}  ${one}\n`);
  machine.files.put(`/run/sanctl/import/${name}.started`, lines.join(''));
}

/** R7: what forgot something is copied whole where an array takes it in again. */
function keep(machine: Machine, { name, readOnly, serving = '' }: Want): void {
  if (readOnly) return;
  const was = machine.files.get(`${records}/${name}`)?.content.trim() ?? '';
  if (was !== '' && was !== serving) machine.files.put(`${records}/.${name}.forgot`, `${serving}\n`);
  machine.files.put(`${records}/${name}`, `${serving}\n`);
}

/** `import check|free|drop FILE`: a generator of the seconds that it takes. */
export function* asked(machine: Machine, argv: readonly string[]): Generator<number, Answer> {
  const [, verb, path = ''] = argv;
  const want = wanted(machine, path);
  const device = deviceOf(machine, want);
  if (verb === 'free') {
    const using = device === undefined ? [] : openersOf(machine, device);
    return using.length === 0 ? say('free') : fail(1, `${want.name}: in use by ${using.join(', ')}`);
  }
  if (verb === 'drop') {
    dropLink(machine, want, undefined);
    if (device !== undefined) disconnect(device);
    return say('dropped');
  }
  try {
    if (device !== undefined) {
      meet(machine, want);
      return say(`${want.export} is what is connected`);
    }
    const { child, device: served } = connect(machine, want);
    child.end();
    return say(`${want.export} has ${served.bytes} bytes`);
  } catch (problem) {
    if (problem instanceof Unreachable) yield problem.seconds;
    if (!(problem instanceof Denied || problem instanceof Unreachable)) throw problem;
    return fail(1, `${want.name}: ${problem.message}`);
  }
}
