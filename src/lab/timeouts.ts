/**
 * How long the lab waits. Emulation is 10 to 50 times slower than hardware, and nodes share the processors with whatever
 * else runs, so every figure grows with the nodes and the load for each processor, and with `SANCTL_LAB_SLOWNESS`.
 */
import { availableParallelism, loadavg } from 'node:os';

/** Seconds on an idle machine with one processor for each node: three times what docs/lab.md measured. */
const patience = {
  /** From power on to `systemctl is-system-running`. */
  boot: 240,
  /** One answer of QEMU to an ordinary command. */
  answer: 30,
  /** `savevm` and `loadvm`. */
  snapshot: 90,
  /** A node's clock was set. */
  clock: 60,
  /** A process went after SIGTERM. */
  end: 10,
} as const;

export function timeoutSeconds(what: keyof typeof patience, nodes: number): number {
  const processors = availableParallelism();
  const load = Math.min(loadavg()[0] ?? 0, 4 * processors);
  const crowd = Math.max(1, (nodes + load) / processors);
  const slowness = Number(process.env['SANCTL_LAB_SLOWNESS'] ?? '1');
  return Math.ceil(patience[what] * crowd * (slowness > 0 ? slowness : 1));
}
