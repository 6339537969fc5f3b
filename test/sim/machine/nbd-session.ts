/** A connection of nbd: the server, its child, and who is at the other end. */
import { type Answer, silent, UnknownCommand } from './answer.ts';
import type { Machine } from './machine.ts';
import type { PageCache } from './page-cache.ts';
import type { Process } from './process.ts';

export interface Served {
  readonly wireName: string;
  readonly path: string;
  readonly allow: string;
  readonly readOnly: boolean;
  readonly flush: boolean;
  readonly prerun: readonly string[];
}

export interface NbdServer {
  readonly machine: Machine;
  readonly main: Process;
  readonly unit: Machine['unitNow'];
  readonly port: number;
  readonly served: readonly Served[];
  /** Its authority's certificate, where it speaks TLS only. */
  readonly authority: string | undefined;
}

/** A connection that is not served yet. */
export interface Arrival {
  readonly server: NbdServer;
  readonly child: Process;
  readonly importer: Machine;
}

/** The child of one connection, as both ends know it. */
export interface Session extends Arrival {
  readonly served: Served;
  readonly boots: readonly string[];
  readonly device: PageCache;
}

/** Its two ends still know each other. */
export function isAlive({ child, boots, importer, server }: Session): boolean {
  return child.alive && boots[0] === server.machine.bootId && boots[1] === importer.bootId && server.machine.on;
}

/** Sessions that the machine would show, also those whose other end is gone. */
function sessionsOf(machine: Machine): readonly Arrival[] {
  machine.sessions = machine.sessions.filter(({ child }) => child.alive);
  machine.arrivals = machine.arrivals.filter(({ child }) => child.alive);
  return [...machine.sessions, ...machine.arrivals];
}

/** With the scripts that it runs: they have its socket open, too (tried, 3.24). */
function usersOf(machine: Machine, { child }: Arrival): string {
  const scripts = [...machine.parents].flatMap(([pid, parent]) =>
    parent === child.pid ? [`("sh",pid=${pid},fd=4)`] : [],
  );
  return [...scripts, `("nbd-server",pid=${child.pid},fd=7)`].join();
}

/** `ss -H -t -n -p state connected …`: sessions of one port with anybody but those addresses. */
export function sessionsAsked(machine: Machine, filter: string): Answer {
  const [, port, others = ''] = /^\( sport = :(\d+)((?: and not dst \S+)*) \)$/.exec(filter) ?? [];
  if (port === undefined) throw new UnknownCommand(`ss ${filter}`);
  const known = [...others.matchAll(/not dst (\S+)/g)].map((one) => one[1]);
  const lines = sessionsOf(machine)
    .filter(({ server, importer }) => server.port === Number(port) && !known.includes(importer.address))
    .map(
      (one) =>
        `ESTAB 0      0      ${machine.address}:${one.server.port} ${one.importer.address}:40000 users:(${usersOf(machine, one)})\n`,
    );
  return { ...silent, stdout: lines.join('') };
}
