/** Nodes that start by themselves after a total power loss (docs/boot.md), and a node that is emptied, on real hosts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { ask, must, on } from './support.ts';
import {
  announcements,
  apply,
  expectAtRest,
  expectLedgerGrows,
  expectLedgerWhole,
  expectNothingToDo,
  grown,
  inventory,
  sanctl,
  useTwoHosts,
} from './two-hosts.ts';

useTwoHosts();

const booting = { ...grown, vms: { web: { autostart: 'home' } } } as const;

async function darkness(): Promise<void> {
  // QEMU keeps tables of the disk image to itself until somebody flushes; LVM does not (docs/lab.md).
  for (const node of ['alpha', 'bravo']) await ask(node, 'sync');
  for (const node of ['alpha', 'bravo']) must(await lab.kill(node));
}

/** Until they have booted, which they have not while they wait for each other; the lab powers one on at a time. */
async function light(...nodes: readonly string[]): Promise<void> {
  await Promise.all(nodes.map(start));
}

async function start(node: string): Promise<void> {
  for (;;) {
    const started = await lab.start(node);
    if (started.ok || started.diagnostics.every(({ code }) => code !== 'lab/busy')) return void must(started);
    await sleep(200);
  }
}

describe('two hosts', () => {
  it('that lose their power both start the VM again, on its home, and nobody types a word', async () => {
    await apply(inventory(booting));
    await expectLedgerGrows('alpha');
    await darkness();
    await light('alpha', 'bravo');
    await ask('alpha', 'until xl list web >/dev/null 2>&1; do sleep 1; done');
    await expectLedgerGrows('alpha');
    await expectAtRest('alpha', 'bravo');
    await expectNothingToDo(inventory(booting));
  });

  it('of which one comes back: it waits for the other one, and says so', async () => {
    const announced = await announcements();
    await darkness();
    const waiting = light('alpha');
    while ((await on('alpha', 'true')).code !== 0) await sleep(500);
    await ask(
      'alpha',
      'until journalctl -u sanctl-boot | grep -q "web waits: bravo cannot be asked"; do sleep 1; done',
    );
    expect(await ask('alpha', 'xl list | tail -n +3')).toBe('');
    await light('bravo');
    await waiting;
    await ask('alpha', 'until xl list web >/dev/null 2>&1; do sleep 1; done');
    await expectLedgerGrows('alpha');
    const all = [...announced, ...(await announcements())];
    await ask('alpha', 'xl destroy web');
    await expectLedgerWhole('alpha', all);
    await apply(inventory(booting));
  });

  it('of which one is emptied: its VM goes on at the other one', async () => {
    for (const [from, to] of [
      ['alpha', 'bravo'],
      ['bravo', 'alpha'],
    ] as const) {
      const { code, output } = await sanctl('-i', inventory(booting), 'evacuate', from, '--yes');
      expect(output + code).toMatch(/0$/);
      await expectAtRest(to, from);
    }
  });
});
