/** What a plan rests on of DRBD's facts (C4). */
import { type DrbdFacts, justCreated, type Running } from './facts.ts';

/** Identities and states; no sizes of what is still to be synced, no identifiers that every write may change. */
export function stable({ kernel, running, configured, halves }: DrbdFacts): unknown {
  return {
    kernel,
    running: running.known ? Object.entries(running.value).map(([name, one]) => [name, stableRunning(one)]) : running,
    configured,
    halves: Object.entries(halves).map(([name, { signatures, generation, adjust }]) => [
      name,
      signatures,
      generation.known && generation.value !== null ? { new: generation.value.current === justCreated } : generation,
      adjust.known ? adjust : undefined,
    ]),
  };
}

function stableRunning({ role, suspended, volumes, connections, twoPrimaries }: Running): unknown {
  const peers = connections.map(({ peer, state, role: peerRole, volumes: inner }) => [
    peer,
    state,
    peerRole,
    Object.entries(inner).map(([number, { disk, replication, resyncSuspended }]) => [
      number,
      disk,
      replication,
      resyncSuspended,
    ]),
  ]);
  const disks = Object.entries(volumes).map(([number, { minor, disk, bytes, backing }]) => [
    number,
    minor,
    disk,
    bytes,
    backing,
  ]);
  return { role, suspended, disks, peers, twoPrimaries };
}
