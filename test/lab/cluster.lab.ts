/** A VM that outlives its node, on real hosts with power switches: what docs/cluster.md promises. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Changes } from '../../scripts/example.ts';
import * as lab from '../../src/lab/index.ts';
import { ask, must } from './support.ts';
import {
  apply,
  console,
  expectLedgerGrows,
  expectLedgerWhole,
  expectNothingToDo,
  inventory,
  useTwoHosts,
} from './two-hosts.ts';

const canary = 'canary-5b83e1'.padEnd(128, 'k');
useTwoHosts({
  example: 'cluster',
  ipmi: true,
  environment: { SANCTL_UNPROVEN: 'lab', SANCTL_COROSYNC_KEY: canary },
});

/** Emulated nodes are slow: all times follow from `detection`. Nobody reads mail there. */
const changes: Changes = {
  cluster: { detection: 20, alerts: null },
  volumes: { 'web-root': { size: '256MiB' }, 'mail-root': null, 'mail-spool': null, scratch: null },
  vms: {
    web: {
      memory: { size: '128MiB' },
      boot: { bootloader: null, kernel: lab.guestBoot.kernel, ramdisk: lab.guestBoot.ramdisk, cmdline: 'console=hvc0' },
    },
    mail: null,
    builder: null,
  },
  secrets: { ipmi: null },
};

const boots = 1_800;

/** What the guest on a node announces, as it is heard elsewhere: what the node remembers goes with its power. */
async function listen(node: string) {
  const [program, ...words] = must(await lab.sshArguments(node));
  const child = spawn(program, [...words, `tail -n +1 -F ${console}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const heard = (): readonly lab.Announced[] => lab.parseConsole(text);
  const before = heard().length;
  while (heard().length < before + 5) await sleep(200);
  return {
    ended: () => {
      child.kill();
      return heard();
    },
  };
}

/** Until the switch has done it: an attempt that failed is tried again. */
async function expectShot(victim: string, by: string): Promise<void> {
  const event = `<fence_event [^>]*target="${victim}" [^>]*status="success"`;
  await ask(by, `until crm_mon --one-shot --output-as=xml | grep -q '${event}'; do sleep 1; done`);
}

/** The node that was shot has booted, is a member again, and has what it missed. */
async function expectTogether(): Promise<void> {
  const member = '<node name="[a-z]*" [^>]*online="true" [^>]*pending="false" unclean="false"';
  for (const node of ['alpha', 'bravo']) {
    await reached(node);
    await ask(node, `until [ "$(crm_mon -1 --output-as=xml | grep -c '${member}')" = 2 ]; do sleep 2; done`, boots);
    await ask(node, 'until [ "$(drbdadm dstate web-root)" = UpToDate/UpToDate ]; do sleep 1; done', boots);
  }
  const left = "cibadmin --query --scope constraints | grep -c 'drbd-fence-by-handler' || true";
  await ask('alpha', `until [ "$(${left})" = 0 ]; do sleep 1; done`, boots);
}

/** `ssh` waits for no node. */
async function reached(node: string): Promise<void> {
  for (;;) {
    try {
      await ask(node, 'true', 60);
      return;
    } catch {
      await sleep(1000);
    }
  }
}

const bootOf = (node: string): Promise<string> => ask(node, 'cat /proc/sys/kernel/random/boot_id');

async function expectHome(node: string, other: string): Promise<void> {
  expect(await ask(node, 'xl list | tail -n +3 | cut -d" " -f1')).toBe('web');
  expect(await ask(other, 'xl list | tail -n +3')).toBe('');
}

describe('two blank hosts', () => {
  it('become a cluster that runs a VM on its mirror, with one apply', async () => {
    const output = await apply(inventory(changes));
    expect(output).not.toContain(canary);
    await expectLedgerGrows('alpha', console);
    await expectHome('alpha', 'bravo');
  });

  it('need nothing more', async () => {
    await expectNothingToDo(inventory(changes));
  });

  it('keep secrets in files of root alone', async () => {
    const found = "stat -c '%a %U %n' /etc/corosync/authkey /etc/sanctl/fence-*";
    const files = [
      '400 root /etc/corosync/authkey',
      '700 root /etc/sanctl/fence-alpha',
      '700 root /etc/sanctl/fence-bravo',
    ];
    for (const node of ['alpha', 'bravo']) expect(await ask(node, found)).toBe(files.join('\n'));
  });
});

describe('a cluster', () => {
  it('of which the home of the VM loses its power: it is shot, and the VM goes on with every announced record', async () => {
    const told = await listen('alpha');
    const began = performance.now();
    must(await lab.kill('alpha'));
    await expectShot('alpha', 'bravo');
    const shot = performance.now();
    await expectLedgerGrows('bravo', console);
    const goesOn = performance.now();
    await expectLedgerWhole('bravo', told.ended());
    const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(0);
    process.stdout.write(`shot after ${seconds(began, shot)} s, three records after ${seconds(began, goesOn)} s\n`);
  });

  it('takes it in again: what it missed is copied, and no more; the VM stays where it is', async () => {
    await expectTogether();
    const resync = "dmesg | sed -n 's/.*Began resync as SyncSource (will sync \\([0-9]*\\) KB.*/\\1/p' | tail -n 1";
    const copied = Number(await ask('bravo', resync));
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(64 * 1024);
    await expectHome('bravo', 'alpha');
    await expectNothingToDo(inventory(changes));
  });

  it('of two that are cut off from each other exactly one goes on, and the other one waits for it', async () => {
    const told = await listen('bravo');
    const before = { alpha: await bootOf('alpha'), bravo: await bootOf('bravo') };
    must(await lab.cut('alpha', 'bravo'));
    await expectShot('bravo', 'alpha');
    await expectLedgerGrows('alpha', console);
    await reached('bravo');
    expect(await bootOf('alpha')).toBe(before.alpha);
    expect(await bootOf('bravo')).not.toBe(before.bravo);
    await ask('bravo', "until corosync-quorumtool -s | grep -q '^Quorate: *No'; do sleep 1; done", boots);
    await expectHome('alpha', 'bravo');
    await expectLedgerWhole('alpha', told.ended());
    must(await lab.heal());
    await expectTogether();
    expect(await bootOf('alpha')).toBe(before.alpha);
    await expectNothingToDo(inventory(changes));
  });
});
