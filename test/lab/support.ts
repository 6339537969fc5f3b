/** For suites that need real Xen hosts: the lab, up and freshly booted. */
import { afterAll, beforeEach } from 'vitest';
import type { Result } from '../../src/diagnostic.ts';
import * as lab from '../../src/lab/index.ts';
import { type Ran, run } from '../../src/transport/local.ts';

/** The value, or a failure of the test that says everything that was wrong. */
export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((one) => `${one.code}: ${one.detail} (${one.help ?? ''})`).join('\n'));
}

/** A lab with exactly `count` nodes: the one that is up if it is such a lab, else a new one. */
export async function labNodes(count: number, ipmi = false): Promise<lab.UpResult> {
  const first = await lab.up({ nodes: count, ipmi });
  if (first.ok) return first.value;
  if (first.diagnostics.some((one) => one.code === 'lab/different')) must(await lab.down());
  return must(await lab.up({ nodes: count, ipmi }));
}

/**
 * Freshly booted nodes before each test of a suite. The lab stays up for the next suite; `SANCTL_LAB_DOWN=1` ends it
 * after this one.
 */
export function useLab(count: number): void {
  beforeEach(async () => {
    await labNodes(count);
    must(await lab.reset());
  });
  afterAll(async () => {
    if (process.env['SANCTL_LAB_DOWN'] === '1') must(await lab.down());
  });
}

/** Runs a shell command on a node. */
export async function on(node: string, command: string, timeoutSeconds = 600): Promise<Ran> {
  const argv = must(await lab.sshArguments(node));
  return run([...argv, command], { timeoutSeconds });
}

/** The same, for a command that must succeed; answers what it printed, without blanks at the ends. */
export async function ask(node: string, command: string, timeoutSeconds = 600): Promise<string> {
  const ran = await on(node, command, timeoutSeconds);
  if (ran.code !== 0) throw new Error(`${node}: ${command}\nexit ${ran.code ?? 'unknown'}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}
