/** An example on the nodes of the lab, as the suites of exports, arrays and iSCSI play with it: the program as a user starts it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Changes, writeExample } from '../../scripts/example.ts';
import * as lab from '../../src/lab/index.ts';
import { type Finished, start } from './program.ts';
import { ask, labNodes, must } from './support.ts';

export interface Example {
  /** The inventory, with its certificates beside it. */
  readonly folder: string;
  /** Writes the inventory anew: the example, and these changes besides those of the suite. */
  write(changes?: Changes): void;
  /** The program, with this inventory. */
  sanctl(...words: readonly string[]): Promise<Finished>;
  /** What the program says; it must end well. */
  done(...words: readonly string[]): Promise<string>;
  expectNothingToDo(): Promise<void>;
}

/** `count` freshly booted hosts for a suite whose tests go on from each other. `changes` fit the example to them. */
export function useExample(name: string, count: number, changes: Changes = {}): Example {
  const folder = mkdtempSync(join(tmpdir(), `sanctl-${name}-`));
  const environment = {
    ...process.env,
    // On nodes that may lose all they have (docs/unproven.md).
    SANCTL_UNPROVEN: 'lab',
    SANCTL_DRBD_SECRET: 'canary-4f1d9b',
    SANCTL_CHAP_SECRET: 'canary-one-6b2e8f',
    SANCTL_CHAP_BACK_SECRET: 'canary-two-93ac07',
    NO_COLOR: '1',
    XDG_STATE_HOME: join(folder, '.state'),
  };
  let nodes = '';

  function write(more: Changes = {}): void {
    writeExample(folder, nodes, merged(changes, more), name);
  }

  function sanctl(...words: readonly string[]): Promise<Finished> {
    return start(['-i', folder, ...words], environment).finished;
  }

  async function done(...words: readonly string[]): Promise<string> {
    const { code, output } = await sanctl(...words);
    expect(output + code).toMatch(/0$/);
    return output;
  }

  async function expectNothingToDo(): Promise<void> {
    expect(await done('plan', '--detailed-exitcode')).toMatch(/Nothing to do/);
  }

  beforeAll(async () => {
    const up = await labNodes(count);
    must(await lab.reset());
    nodes = readFileSync(up.files.inventory, 'utf8');
    write();
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (process.env['SANCTL_LAB_DOWN'] === '1') must(await lab.down());
  });

  return { folder, write, sanctl, done, expectNothingToDo };
}

function merged(one: Changes, other: Changes): Changes {
  const both = Object.entries(other).map(([key, value]) => {
    const had = one[key];
    return [key, isSection(had) && isSection(value) ? merged(had, value) : value] as const;
  });
  return { ...one, ...Object.fromEntries(both) };
}

function isSection(value: Changes[string] | undefined): value is Changes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In good order: everything is stopped and written. Until it has booted, whatever of its units may still be trying. */
export async function reboot(node: string): Promise<void> {
  const boot = () => ask(node, 'cat /proc/sys/kernel/random/boot_id', 60);
  const before = await boot();
  // The answer may be lost with the line.
  await ask(node, 'systemctl --no-block reboot');
  for (;;) {
    const now = await boot().catch(() => before);
    if (now !== before) break;
  }
  await ask(node, 'systemctl is-system-running --wait || true', 1800);
}

/** Waits for it, with one shell on the node; the test's own limit ends what never comes. */
export function until(node: string, condition: string): Promise<string> {
  return ask(node, `until { ${condition}; } >/dev/null 2>&1; do sleep 1; done`, 1800);
}

/** A figure of this run, beside what vitest says; under emulation it is no claim. */
export function tell(figure: string): void {
  process.stderr.write(`${figure}\n`);
}
