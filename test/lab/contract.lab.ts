/** The scenarios of the contract on real hosts: what simulated nodes do, these must do as well. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, test } from 'vitest';
import { realClock } from '../../src/apply/clock.ts';
import { loadInventory } from '../../src/inventory/index.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Node, Site } from '../../src/kinds/site.ts';
import * as lab from '../../src/lab/index.ts';
import { quote } from '../../src/shell/quote.ts';
import { secretsOf } from '../../src/transport/secrets.ts';
import { sshTransport } from '../../src/transport/ssh.ts';
import { play, type Stage } from '../contract/play.ts';
import { scenarios } from '../contract/scenarios.ts';
import { random } from '../sim/random.ts';
import { run, type Sanctl } from '../sim/sanctl.ts';
import { ask, labNodes, must } from './support.ts';

let nodes: Readonly<Record<string, Node>> = {};

beforeEach(async () => {
  const up = await labNodes(2);
  must(await lab.reset());
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-contract-'));
  writeFileSync(join(folder, 'site.yaml'), 'version: 1\nsite: contract\n');
  copyFileSync(up.files.inventory, join(folder, 'nodes.yaml'));
  nodes = must(await loadInventory(folder)).site.nodes;
  rmSync(folder, { recursive: true });
});

const sanctl: Sanctl = {
  kinds,
  transport: sshTransport({ secrets: secretsOf({}), acceptNewHostKeys: false }),
  clock: realClock,
  random: random(Date.now()),
  secretOf: ({ secret }) => {
    throw new Error(`the contract has no secret ${secret}`);
  },
  owner: 'contract',
};

const real: Stage = {
  async apply(site, allowDestroy) {
    const ran = await run(sanctl, { site: onRealNodes(site), allowDestroy });
    if (ran.is === 'no plan') return { is: 'refused', codes: ran.codes };
    await syncsEnd();
    if (ran.is === 'nothing to do') return { is: 'applied', exit: 0, steps: [] };
    return { is: 'applied', exit: ran.outcome.exit, steps: ran.plan.steps.map(({ id }) => id) };
  },
  async reboot(node) {
    const before = await bootOf(node);
    // The answer may be lost with the line.
    await ask(node, 'systemctl --no-block reboot');
    while ((await bootOf(node).catch(() => before)) === before) await sleep(2000);
  },
  async type(node, argv) {
    await ask(node, argv.map(quote).join(' '));
  },
};

function onRealNodes(site: Site): Site {
  const own = Object.entries(site.nodes).map(([name, node]) => [name, { ...node, ssh: nodes[name]?.ssh ?? node.ssh }]);
  return { ...site, nodes: Object.fromEntries(own) };
}

function bootOf(node: string): Promise<string> {
  return ask(node, 'cat /proc/sys/kernel/random/boot_id');
}

async function syncsEnd(): Promise<void> {
  const wait = 'while grep -qE "cs:(Sync|WFBitMap|WFSync|StartingSync|Verify|PausedSync)" /proc/drbd; do sleep 1; done';
  await Promise.all(Object.keys(nodes).map((node) => ask(node, `[ ! -e /proc/drbd ] || { ${wait}; }`)));
}

describe('the contract, on real hosts', () => {
  test.each(scenarios)('$name', (scenario) => play(real, scenario));
});
