/** An example on two real hosts, as the suites of the lab play with it: the program as a user starts it, and what must hold. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Changes, writeExample } from '../../scripts/example.ts';
import * as lab from '../../src/lab/index.ts';
import * as ledger from './ledger.ts';
import { type Finished, start } from './program.ts';
import { ask, labNodes, must } from './support.ts';

export const folder = mkdtempSync(join(tmpdir(), 'sanctl-two-node-'));
/** With a state of its own: the lock of somebody's own site `home` is not the test's to take. */
let environment: NodeJS.ProcessEnv = {
  ...process.env,
  SANCTL_DRBD_SECRET: 'canary-4f1d9b',
  NO_COLOR: '1',
  XDG_STATE_HOME: join(folder, 'state'),
};
export const console = lab.guestConsoleLog('web');
/** Of a guest that came by a migration. */
export const arrivals = lab.guestConsoleLog('web--incoming');
/** The nodes let each other's moves in by their host keys. */
export const trusting = { defaults: { migration: { trust: 'managed' } } } as const;
export const grown = { ...trusting, volumes: { 'web-root': { size: '320MiB' } } } as const;

export function sanctl(...words: readonly string[]): Promise<Finished> {
  return begin(words).finished;
}

export function begin(words: readonly string[]) {
  return start(words, environment);
}

let nodes = '';
let example = 'two-node';

/** `user`: as whom the nodes are reached. */
export function inventory(changes: Changes = {}, user = 'root'): string {
  rmSync(folder, { recursive: true, force: true });
  writeExample(folder, nodes.replaceAll('user: root', `user: ${user}`), changes, example);
  return folder;
}

export async function apply(site: string): Promise<string> {
  const { code, output } = await sanctl('apply', site, '--yes');
  expect(output + code).toMatch(/0$/);
  return output;
}

/** The plan of a site that is as wished, on nodes that were really asked. */
export async function expectNothingToDo(site: string): Promise<void> {
  const { code, output } = await sanctl('plan', site, '--detailed-exitcode');
  expect(output).toMatch(/Nothing to do/);
  expect(code).toBe(0);
}

/** By the program, from the node where it is to that one. */
export async function moves(to: string): Promise<void> {
  const { code, output } = await sanctl('-i', inventory(grown), 'migrate', 'web', to, '--yes');
  expect(output + code).toMatch(/0$/);
}

/** `logs`: of a guest that may have come by a migration, both consoles. */
export function expectLedgerGrows(node: string, logs = `${console} ${arrivals}`): Promise<void> {
  return ledger.expectGrows(node, logs);
}

/** What the guest said was durable, on every console that it ever had. */
export function announcements(): Promise<readonly lab.Announced[]> {
  return ledger.announcements(['alpha', 'bravo'], `${console} ${arrivals}`);
}

/** Of a guest that does not run: nothing that it announced is missing, and nobody else wrote. */
export function expectLedgerWhole(node: string, announced: readonly lab.Announced[]): Promise<void> {
  return ledger.expectWhole(node, '/dev/drbd0', announced);
}

/** How often DRBD lost its peer since the node booted. */
export async function linkLosses(): Promise<readonly string[]> {
  return Promise.all(['alpha', 'bravo'].map((node) => ask(node, 'dmesg | grep -c "conn( Connected -> [^S]" || true')));
}

export async function expectAtRest(home: string, other: string): Promise<void> {
  expect(await ask(home, 'drbdadm role web-root')).toBe('Primary/Secondary');
  expect(await ask(home, 'xl list | tail -n +3 | cut -d" " -f1')).toBe('web');
  expect(await ask(other, 'xl list | tail -n +3')).toBe('');
  for (const node of [home, other]) {
    expect(await ask(node, 'drbdadm cstate web-root; drbdadm dstate web-root')).toBe('Connected\nUpToDate/UpToDate');
    expect(await ask(node, 'drbdsetup show web-root | grep two-primaries || true')).toBe('');
    expect(await ask(node, 'systemctl list-units --no-legend "sanctl-*" || true')).not.toMatch(/window|migrate/);
  }
}

/** What a suite may have otherwise: another example, power switches by IPMI, and what its inventory asks of the environment. */
export interface Otherwise {
  readonly example?: string;
  readonly ipmi?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Two freshly booted hosts for a suite whose tests go on from each other. */
export function useTwoHosts(otherwise: Otherwise = {}): void {
  beforeAll(async () => {
    example = otherwise.example ?? example;
    environment = { ...environment, ...otherwise.environment };
    const up = await labNodes(2, otherwise.ipmi);
    must(await lab.reset());
    nodes = readFileSync(up.files.inventory, 'utf8');
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (process.env['SANCTL_LAB_DOWN'] === '1') must(await lab.down());
  });
}
