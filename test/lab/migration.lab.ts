/** What may happen to a live migration, on real hosts: each time it is put right by `--cleanup`, and nothing is lost. */
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { ask, must, on } from './support.ts';
import {
  announcements,
  apply,
  begin,
  expectAtRest,
  expectLedgerGrows,
  expectLedgerWhole,
  folder,
  grown,
  inventory,
  linkLosses,
  moves,
  sanctl,
  useTwoHosts,
} from './two-hosts.ts';

useTwoHosts();

const copying = `until xl list | grep -qE -- '--incoming +[0-9]+ +([3-9][0-9]|1[0-9][0-9]) '; do sleep 0.3; done`;
const suspended = `until xl list -v | grep -qE '^web .* ---ss- '; do sleep 0.3; done`;

/** `sanctl migrate web bravo`, which something befalls: begun, and its end. */
function move() {
  return begin(['-i', inventory(grown), 'migrate', 'web', 'bravo', '--yes']);
}

/** A move that loses its sanctl once this step has begun; what runs on alpha goes on to its end. */
async function killedAt(step: string): Promise<void> {
  const run = move();
  await run.says(new RegExp(`began ${step}:`));
  run.child.kill('SIGKILL');
  await run.finished;
  await ask(
    'alpha',
    'while systemctl is-active -q sanctl-migrate-web && systemctl show -p SubState --value sanctl-migrate-web | grep -q running; do sleep 1; done',
  );
}

/** As often as it says itself that it has to be run again: what a killed sanctl left may still move. */
async function cleanup(): Promise<void> {
  for (;;) {
    const { code, output } = await sanctl('-i', folder, 'migrate', 'web', '--cleanup', '--yes');
    if (/plan\/stale|lock\/left-behind/.test(output)) continue;
    // What was just begun when sanctl died goes on by itself: its unit may not even have been there when somebody waited for it.
    if (output.includes('move/under-way')) {
      await ask('alpha', moverGone);
      continue;
    }
    expect(output + code).toMatch(/0$/);
    // Of a window that is closed the timer ends by itself, once nobody holds the node (safety.md 3.2).
    for (const node of ['alpha', 'bravo'])
      await ask(node, 'while systemctl is-active -q sanctl-window-web-root; do sleep 1; done');
    return;
  }
}

/** Apply keeps its hands off while the window is open (W6), and cleanup cannot call at rest what does not run on one node yet. */
async function cleanupBesideOneThatWasOff(): Promise<void> {
  const site = inventory(grown);
  expect((await sanctl('apply', site, '--yes')).output).toContain('drbd/window-open');
  expect(await cleanupAsTold(site)).toMatch(/forbid two Primaries of web-root.*Done:.*it does not run/s);
  await apply(site);
  await cleanup();
}

/**
 * A receiver whose sender lost its power may learn of it at once or not for hours: cleanup then names the command that ends
 * it, and the one that ends what it leaves, for a person on bravo.
 */
async function cleanupAsTold(site: string): Promise<string> {
  for (;;) {
    const { output } = await sanctl('-i', site, 'migrate', 'web', '--cleanup', '--yes');
    if (!/move\/(orphan|nobody-runs)/.test(output)) return output;
    await ask('bravo', /`(kill [0-9 ]+|xl destroy [0-9]+)`/.exec(output.replace(/\s+/g, ' '))?.[1] ?? 'false');
  }
}

/** A guest that never runs, and leaves less than the VM needs. */
const taker = `free=$(xl info | sed -n 's/^free_memory *: //p')
xl create -p /dev/null name=\\"big\\" memory=$((free - 110)) kernel=\\"/boot/guest-vmlinuz\\" type=\\"pv\\"`;

const moverGone = "while pgrep -f '^(/[^ ]*/)?xl ([^ ]+ )*migrate ' >/dev/null; do sleep 1; done";

const itsSteps = [
  'domain/web@alpha#open-window',
  'domain/web@bravo#open-window',
  'domain/web@alpha#launch',
  'domain/web@alpha#migrate',
  'domain/web@bravo#arrived',
  'domain/web@alpha#close-window',
  'domain/web@bravo#close-window',
];

describe('a move that is struck', () => {
  it('on two hosts that got their VM by an apply that was killed in the middle, and another', async () => {
    const run = begin(['apply', inventory(grown), '--yes']);
    await run.says(/began drbd\/web-root@\w+#/);
    run.child.kill('SIGKILL');
    await run.finished;
    await apply(folder);
    await expectLedgerGrows('alpha');
  });

  it('goes there and back ten times, at rest after each, and every announced record is there', async () => {
    const losses = await linkLosses();
    for (let turn = 0; turn < 10; turn++) {
      await moves('bravo');
      await expectAtRest('bravo', 'alpha');
      await moves('alpha');
      await expectAtRest('alpha', 'bravo');
    }
    expect(await linkLosses()).toEqual(losses);
    await expectLedgerGrows('alpha');
    const announced = await announcements();
    await ask('alpha', 'xl destroy web');
    await expectLedgerWhole('alpha', announced);
    await apply(inventory(grown));
    await expectLedgerGrows('alpha');
  }, 7_200_000);

  it('sanctl is killed meanwhile: the move goes on without it, and --cleanup closes what it left', async () => {
    await killedAt('domain/web@alpha#migrate');
    await cleanup();
    await expectAtRest('bravo', 'alpha');
    await moves('alpha');
    await expectAtRest('alpha', 'bravo');
  });

  it('has these steps', async () => {
    const { output } = await sanctl('-i', inventory(grown), 'migrate', 'web', 'bravo', '--dry-run', '--json');
    const steps = new Set([...output.matchAll(/"id":"([^"]+@[^"]+#[^"]+)"/g)].map(([, id = '']) => id));
    expect([...steps].toSorted()).toEqual([...itsSteps].toSorted());
  });

  it.each(itsSteps)('sanctl is killed at %s, and --cleanup puts it right', async (step) => {
    await killedAt(step);
    await cleanup();
    if ((await ask('bravo', 'xl list | tail -n +3')) !== '') {
      await expectAtRest('bravo', 'alpha');
      await moves('alpha');
    }
    await expectAtRest('alpha', 'bravo');
    await expectLedgerGrows('alpha');
  });

  it('the link is cut during the copy: the VM goes on where it was', async () => {
    const run = move();
    await ask('bravo', copying);
    must(await lab.cut('alpha', 'bravo'));
    await ask('alpha', moverGone);
    must(await lab.heal());
    const { code } = await run.finished;
    expect(code).not.toBe(0);
    await ask('alpha', 'until [ "$(drbdadm dstate web-root)" = UpToDate/UpToDate ]; do sleep 1; done');
    await ask('bravo', 'while xl list | grep -q -- --incoming; do sleep 1; done');
    await cleanup();
    await expectAtRest('alpha', 'bravo');
  });

  it('xl on the target is killed: its remnant goes, the VM stays', async () => {
    const run = move();
    await ask('bravo', copying);
    await ask('bravo', "pkill -KILL -f '^/usr/lib/xen-4.17/bin/xl migrate-receive'");
    const { code } = await run.finished;
    expect(code).not.toBe(0);
    await cleanup();
    await expectAtRest('alpha', 'bravo');
  });

  it('the target has too little memory: refused before anything is touched', async () => {
    await ask('bravo', taker);
    const { code, output } = await sanctl('-i', inventory(grown), 'migrate', 'web', 'bravo', '--yes');
    expect(output).toMatch(/memory/);
    expect(code).toBe(3);
    await ask('bravo', 'xl destroy big');
    await expectAtRest('alpha', 'bravo');
  });

  it('the target loses its power during the copy', async () => {
    const run = move();
    await ask('bravo', copying);
    must(await lab.kill('bravo'));
    await ask('alpha', moverGone);
    const { code } = await run.finished;
    expect(code).not.toBe(0);
    must(await lab.start('bravo'));
    await on('bravo', 'true');
    await cleanupBesideOneThatWasOff();
    await expectAtRest('alpha', 'bravo');
    await expectLedgerGrows('alpha');
  });

  it('the source loses its power during the copy: nobody runs, and it is started again by apply', async () => {
    const run = move();
    await ask('bravo', copying);
    const announced = await announcements();
    must(await lab.kill('alpha'));
    await run.finished;
    must(await lab.start('alpha'));
    await cleanupBesideOneThatWasOff();
    await expectLedgerGrows('alpha');
    const all = [...announced, ...(await announcements())];
    await ask('alpha', 'xl destroy web');
    await expectLedgerWhole('alpha', all);
  });

  it('the link is cut while the guest stands still: nothing is decided that cannot be known', async () => {
    must(await lab.reset());
    await apply(inventory(grown));
    const run = move();
    await ask('alpha', suspended);
    must(await lab.cut('alpha', 'bravo'));
    const { code } = await run.finished;
    expect(code).not.toBe(0);
    must(await lab.heal());
    const live = await Promise.all(
      ['alpha', 'bravo'].map((node) => ask(node, "xl list -v | grep -cE '^web .* [r-][b-]---- ' || true")),
    );
    expect(live.map(Number).reduce((a, b) => a + b)).toBeLessThanOrEqual(1);
  });
});
