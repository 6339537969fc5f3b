/** From a node of the inventory to an open connection: configuration, jump hosts, known hosts, keys, then the handshake. */
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import { failed, ok, type Result } from '../diagnostic.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import type { Node } from '../kinds/site.ts';
import { askSsh } from './ask-ssh.ts';
import type { Connection, Transport } from './connection.ts';
import { dial } from './dial.ts';
import { type Hop, resolveHop } from './hop.ts';
import { hostKeysOf, knownHostsReader } from './host-keys.ts';
import { identitiesOf } from './identities.ts';
import { type Limit, limit } from './limit.ts';
import { nodeConnection, type Render } from './node-connection.ts';
import { tooManyJumps } from './refusals.ts';
import type { Secrets } from './secrets.ts';
import type { ShakeHands, Wire } from './wire.ts';

export interface ReachOptions {
  readonly secrets: Secrets;
  /** `--accept-new-host-keys`: the key of a host that no file knows is kept, with a note. A changed one is refused. */
  readonly acceptNewHostKeys: boolean;
}

/** More would queue for the CPU and eat each other's patience (performance.md 1). */
const handshakesForEachCore = 8;
/** sshd drops at random above 10 connections that are not logged in (MaxStartups 10:30:100). */
const handshakesForEachHost = 8;
const longestPath = 8;

/** A connection and how to leave it: a jump host is shared, and closed by the last who leaves. */
interface Held {
  readonly wire: Wire;
  readonly user: string;
  readonly leave: () => void;
}

export function transportOver(shakeHands: ShakeHands, render: Render, options: ReachOptions): Transport {
  const ask = askSsh();
  const readKnownHosts = knownHostsReader();
  const handshakes = limit(handshakesForEachCore * availableParallelism());
  const hosts = new Map<string, Limit>();
  const jumps = new Map<string, { readonly opening: Promise<Result<Held>>; users: number }>();

  function inTurn<T>(hop: Hop, work: () => Promise<T>): Promise<T> {
    const address = `${hop.host} ${hop.port} ${JSON.stringify(hop.through ?? '')}`;
    const atHost = hosts.get(address) ?? limit(handshakesForEachHost);
    hosts.set(address, atHost);
    return atHost(() => handshakes(work));
  }

  async function reach(target: SshTarget, depth: number): Promise<Result<Held>> {
    if (depth > longestPath) return failed(tooManyJumps(target.host));
    const hop = await resolveHop(target, ask);
    if (!hop.ok) return hop;
    const hostKeys = await hostKeysOf(hop.value, options.acceptNewHostKeys, readKnownHosts);
    if (!hostKeys.ok) return hostKeys;
    const identities = await identitiesOf(hop.value);
    const jump = hop.value.through === undefined ? undefined : await share(hop.value.through, depth + 1);
    if (jump?.ok === false) return jump;
    const leaveJump = jump?.value.leave ?? (() => undefined);
    const wire = await inTurn(hop.value, async (): Promise<Result<Wire>> => {
      const sock: Result<Duplex> = await (jump === undefined
        ? dial(hop.value, hop.value.patienceSeconds)
        : jump.value.wire.forward(hop.value.host, hop.value.port));
      if (!sock.ok) return sock;
      const greeting = {
        hop: hop.value,
        sock: sock.value,
        hostKeys: hostKeys.value,
        identities,
        seconds: hop.value.patienceSeconds,
      };
      return shakeHands(greeting);
    });
    if (!wire.ok) {
      leaveJump();
      return wire;
    }
    const leave = () => {
      wire.value.end();
      leaveJump();
    };
    const kept = await hostKeys.value.keep();
    if (!kept.ok) {
      leave();
      return kept;
    }
    const notes = [...hop.diagnostics, ...(jump?.diagnostics ?? []), ...kept.diagnostics];
    return ok({ wire: wire.value, user: hop.value.user, leave }, notes);
  }

  /** One connection to a jump host for all nodes behind it. */
  async function share(target: SshTarget, depth: number): Promise<Result<Held>> {
    const key = JSON.stringify(target);
    const shared = jumps.get(key) ?? { opening: reach(target, depth), users: 0 };
    jumps.set(key, shared);
    shared.users++;
    const held = await shared.opening;
    const forget = () => {
      if (jumps.get(key) === shared) jumps.delete(key);
    };
    if (!held.ok) {
      forget();
      return held;
    }
    held.value.wire.onLost(forget);
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      if (--shared.users > 0) return;
      forget();
      held.value.leave();
    };
    return ok({ ...held.value, leave }, held.diagnostics);
  }

  return {
    async connect(node: Node): Promise<Result<Connection>> {
      const held = await reach(node.ssh, 0);
      if (!held.ok) return held;
      const { wire, user, leave } = held.value;
      const { sudoPassword } = node.ssh;
      const named = sudoPassword === undefined ? {} : { sudoPassword };
      const speaker = { node: node.name, wire, user, secrets: options.secrets, render, close: leave, ...named };
      return ok(nodeConnection(speaker), held.diagnostics);
    },
  };
}
