/** The main story on real hosts: two blank disks, one file, a running VM on a mirror; and all that may happen meanwhile. */
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { ask, must, on } from './support.ts';
import {
  announcements,
  apply,
  arrivals,
  begin,
  expectAtRest,
  expectLedgerGrows,
  expectLedgerWhole,
  expectNothingToDo,
  folder,
  grown,
  inventory,
  linkLosses,
  moves,
  sanctl,
  trusting,
  useTwoHosts,
} from './two-hosts.ts';

useTwoHosts();

describe('two blank hosts', () => {
  it('become a running VM on a mirror with one apply', async () => {
    const output = await apply(inventory(trusting));
    expect(output).not.toContain('canary-4f1d9b');
    expect(await ask('alpha', 'xl list web | tail -1 | tr -s " " | cut -d" " -f1')).toBe('web');
    expect(await ask('alpha', 'drbdadm role web-root')).toBe('Primary/Secondary');
    await expectLedgerGrows('alpha');
  });

  it('need nothing more: a second apply changes nothing', async () => {
    expect(await apply(folder)).toMatch(/Nothing to do/);
  });

  it('hold the secret in the resource files only', async () => {
    for (const node of ['alpha', 'bravo']) {
      const found = await on(node, 'grep -rl canary-4f1d9b /etc /var/lib/sanctl /run/sanctl /var/log /tmp 2>/dev/null');
      expect(found.stdout.trim().split('\n')).toEqual(['/etc/drbd.d/web-root.res']);
      expect(await ask(node, 'stat -c "%a %U" /etc/drbd.d/web-root.res')).toBe('600 root');
    }
  });

  it('grow online when the inventory grows, and refuse to shrink', async () => {
    await apply(inventory(grown));
    const bytes = Number(await ask('alpha', 'blockdev --getsize64 /dev/drbd0'));
    expect(bytes).toBeGreaterThanOrEqual(320 * 2 ** 20);
    await expectLedgerGrows('alpha');
    await expectNothingToDo(folder);
    const { code, output } = await sanctl('apply', inventory(trusting), '--yes');
    expect(code).toBe(3);
    expect(output).toMatch(/smaller|shrink/i);
  });
});

describe('a live migration', () => {
  it('there and back: the guest never stops, the link is never down, and no window stays open', async () => {
    const losses = await linkLosses();
    await moves('bravo');
    await expectAtRest('bravo', 'alpha');
    await expectLedgerGrows('bravo', arrivals);
    await moves('alpha');
    await expectAtRest('alpha', 'bravo');
    await expectLedgerGrows('alpha', arrivals);
    expect(await linkLosses()).toEqual(losses);
    await expectNothingToDo(inventory(grown));
  });
});

describe('after trouble', () => {
  it('the home of the VM loses power: apply promotes it again after the handshake, and every announced record is there', async () => {
    const announced = await announcements();
    must(await lab.kill('alpha'));
    must(await lab.start('alpha'));
    await apply(inventory(grown));
    await expectLedgerGrows('alpha');
    const image = await ask('bravo', 'drbdadm wait-connect web-root; drbdadm dstate web-root');
    expect(image).toMatch(/UpToDate/);
    await ask('alpha', 'xl destroy web');
    await expectLedgerWhole('alpha', announced);
  });

  it('sanctl is killed in the middle of a first apply, and the next apply goes on', async () => {
    must(await lab.reset());
    const run = begin(['apply', inventory(), '--yes']);
    await run.says(/began drbd\/web-root@\w+#/);
    run.child.kill('SIGKILL');
    await run.finished;
    await apply(folder);
    await expectLedgerGrows('alpha');
  });

  it('an unreachable node refuses the run and nothing is touched', async () => {
    must(await lab.kill('bravo'));
    const { code, output } = await sanctl('apply', folder, '--yes');
    expect(code).toBe(3);
    expect(output).toMatch(/bravo/);
    expect(output).toMatch(/[Nn]othing\s+was\s+touched/);
  });
});
