/** A guest whose disk another host serves moves from one importer to the other, on real hosts (docs/decisions/0016). */
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { useExample } from './example.ts';
import { announcements, expectGrows, expectWhole } from './ledger.ts';
import { ask } from './support.ts';

/** bravo serves, charlie and alpha may import: the guest goes between these two. */
const site = useExample('san', 3, {
  defaults: { migration: { trust: 'managed' } },
  exports: { isos: null, vmimage001: { to: ['charlie', 'alpha'] } },
  volumes: { isos: null },
  vms: { web: null, mail: null, legacy: { disks: [{ export: 'vmimage001', as: 'xvda' }] } },
});
const logs = `${lab.guestConsoleLog('legacy')} ${lab.guestConsoleLog('legacy--incoming')}`;
const disk = '/dev/gnbd/vmimage001';
const list = '/etc/sanctl/export-vmimage001.allow';

/** It runs there and nowhere else, its ledger grows, and all that it ever announced is on its disk. */
async function expectAt(node: string, other: string): Promise<void> {
  const announced = await announcements(['alpha', 'charlie'], logs);
  expect(await ask(other, 'xl list | grep -c legacy || true')).toBe('0');
  expect(await ask(other, `blockdev --getsize64 ${disk} 2>/dev/null || echo 0`)).toBe('0');
  await expectGrows(node, logs);
  expect(await ask(node, `cat ${logs} 2>/dev/null | grep -c "^LEDGER error" || true`)).toBe('0');
  await expectWhole(node, disk, announced);
}

describe('three hosts, of which one serves and two may import', () => {
  it('become a guest on an import with one apply, and need nothing more', async () => {
    await site.done('certificates', 'make');
    await site.done('apply', '--yes');
    await expectAt('charlie', 'alpha');
    await site.expectNothingToDo();
  });

  it('the guest moves to the other importer: one node is let in at every moment, and nothing is lost', async () => {
    await site.done('migrate', 'legacy', 'alpha', '--yes');
    expect(await ask('bravo', `grep -c 10.77.0.13 ${list} || true`)).toBe('0');
    await expectAt('alpha', 'charlie');
  });

  it('and back, to where nothing is left to do', async () => {
    await site.done('migrate', 'legacy', 'charlie', '--yes');
    await expectAt('charlie', 'alpha');
    await site.expectNothingToDo();
  });
});
