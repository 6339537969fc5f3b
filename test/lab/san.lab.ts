/** A guest on a third real host whose disk is a volume of another, under a name that stays (docs/exports.md). */
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { reboot, until, useExample } from './example.ts';
import { announcements, expectGrows, expectWhole } from './ledger.ts';
import { ask } from './support.ts';

/** The guest of the third node alone: those on mirrors have suites of their own. */
const site = useExample('san', 3, {
  exports: { isos: { to: ['charlie'] }, vmimage001: { to: ['charlie'] } },
  vms: { web: null, mail: null },
});
const log = lab.guestConsoleLog('legacy');
const disk = '/dev/gnbd/vmimage001';

async function expectUnharmed(): Promise<void> {
  const announced = await announcements(['charlie'], log);
  await expectGrows('charlie', log);
  expect(await ask('charlie', `grep -c "^LEDGER error" ${log} || true`)).toBe('0');
  await expectWhole('charlie', disk, announced);
}

describe('three blank hosts', () => {
  it('become a guest on one whose disk is a volume of another, with one apply', async () => {
    await site.done('certificates', 'make');
    await site.done('apply', '--yes');
    expect(await ask('charlie', 'cat /etc/xen/legacy.cfg')).toContain(disk);
    await expectUnharmed();
  });

  it('need nothing more: a second apply changes nothing', async () => {
    expect(await site.done('apply', '--yes')).toMatch(/Nothing to do/);
  });

  it('import nothing that they export themselves, and nobody writes an ISO', async () => {
    expect(await ask('bravo', 'ls /dev/gnbd 2>/dev/null || true')).toBe('');
    expect(await ask('charlie', 'blockdev --getro /dev/gnbd/isos /dev/gnbd/vmimage001')).toBe('1\n0');
  });

  it('go on when the server restarts, and when it reboots in good order', async () => {
    await ask('bravo', 'systemctl restart sanctl-export-vmimage001.service');
    await expectUnharmed();
    await reboot('bravo');
    await expectUnharmed();
  });

  it('have the same name after a boot of the importer, whatever the number, and apply starts the guest', async () => {
    await site.done('vm', 'stop', 'legacy', '--yes');
    await reboot('charlie');
    await until('charlie', `test -b ${disk} && test -b /dev/gnbd/isos`);
    await site.done('apply', '--yes');
    await expectUnharmed();
    await site.expectNothingToDo();
  });
});
