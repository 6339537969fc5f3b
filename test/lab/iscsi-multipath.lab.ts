/** Linux as a SAN, on three real hosts with two networks (docs/iscsi.md): a cut cable is not noticed; with both cut, errors come when they were declared. */
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { reboot, tell, until, useExample } from './example.ts';
import { beginLoad, type Load } from './load.ts';
import { ask, must } from './support.ts';

/** Seconds after which I/O to `archive` fails, once no path is left. */
const declared = 30;
const site = useExample('iscsi-multipath', 3, { exports: { archive: { timeout: `${declared}s` } } });
const imports = ['lun-a', 'lun-b', 'archive'] as const;

/** Of each of the imports: two paths, of which the kernel holds none for failed. */
async function expectAllPaths(): Promise<void> {
  for (const name of imports)
    await until('charlie', `[ "$(dmsetup status ${name} | grep -oE ' [0-9]+:[0-9]+ [AF] ' | grep -c A)" = 2 ]`);
}

function failedPaths(name: string, count: number): Promise<string> {
  return until('charlie', `[ "$(dmsetup status ${name} | grep -oE ' [0-9]+:[0-9]+ F ' | wc -l)" = ${count} ]`);
}

function degraded(members: number): Promise<string> {
  return until('charlie', `[ "$(cat /sys/block/md*/md/degraded)" = ${members} ]`);
}

let disk: Load | undefined;
let file: Load | undefined;

async function loads(): Promise<readonly Load[]> {
  disk ??= await beginLoad('charlie', 'disk', '/dev/mapper/archive', 4096);
  file ??= await beginLoad('charlie', 'file', '/srv/production/load', 4096);
  return [disk, file];
}

describe('three blank hosts', () => {
  it('become targets, multipath over two networks and a mirror of two LUNs with one apply', async () => {
    expect(await site.done('apply', '--yes')).not.toMatch(/canary/);
    await expectAllPaths();
    expect(await ask('charlie', 'findmnt -n -o SOURCE /srv/production | xargs readlink -f')).toMatch(/^\/dev\/md/);
  });

  it('need nothing more: a second apply changes nothing', async () => {
    expect(await site.done('apply', '--yes')).toMatch(/Nothing to do/);
  });
});

describe('under load', () => {
  it.each(['data', 'second'])(
    'the network `%s` is cut: no I/O error, and healed, both paths are back',
    async (segment) => {
      const all = await loads();
      must(await lab.cut('alpha', 'charlie', { segment }));
      await failedPaths('archive', 1);
      await failedPaths('lun-a', 1);
      for (const load of all) await load.expectGoesOn();
      must(await lab.heal());
      await expectAllPaths();
      for (const load of all) {
        await load.expectGoesOn();
        tell(`${segment} cut: the longest write took ${await load.longest()} s`);
        expect(await load.errors()).toEqual([]);
      }
      await degraded(0);
    },
  );

  it('both are cut: errors after the declared time, the mirror goes on, and all comes back', async () => {
    const [onDisk, inFile] = await loads();
    if (onDisk === undefined || inFile === undefined) throw new Error('there are two loads');
    must(await lab.cut('alpha', 'charlie'));
    await degraded(1);
    await inFile.expectGoesOn();
    expect(await inFile.errors()).toEqual([]);
    await until('charlie', 'journalctl -q -u load-disk -o cat | grep -q error');
    const [first = 0] = await onDisk.errors();
    tell(`both cut: the first error after ${first} s, ${declared} s declared`);
    expect(first).toBeGreaterThan(5);
    must(await lab.heal());
    await expectAllPaths();
    const errors = (await onDisk.errors()).length;
    await onDisk.expectGoesOn();
    await inFile.expectGoesOn();
    expect((await onDisk.errors()).length - errors).toBeLessThanOrEqual(2);
    expect(await inFile.errors()).toEqual([]);
    // Emulation is late with its own timers, too.
    expect(first).toBeLessThanOrEqual(2 * declared);
  });

  it('the mirror takes its LUN in again, and then there is nothing to do', async () => {
    expect(await site.done('apply', '--yes')).toMatch(/rejoin/);
    await degraded(0);
    for (const load of await loads()) await load.end();
    await site.expectNothingToDo();
  });
});

describe('a reboot in good order', () => {
  it('of the initiator: sessions, maps, array and file system are back by themselves', async () => {
    await ask(
      'charlie',
      'head -c 4M /dev/urandom >/srv/production/kept && cd /srv/production && sha256sum kept >sums && sync',
    );
    await reboot('charlie');
    await until('charlie', 'mountpoint -q /srv/production');
    await expectAllPaths();
    await ask('charlie', 'cd /srv/production && sha256sum -c sums');
    await site.expectNothingToDo();
  });

  it('of a target: its importer waits or goes on without it', async () => {
    await reboot('bravo');
    await expectAllPaths();
    await site.done('apply', '--yes');
    await degraded(0);
    await ask('charlie', 'cd /srv/production && sha256sum -c sums');
    await site.expectNothingToDo();
  });
});
