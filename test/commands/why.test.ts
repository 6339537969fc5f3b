/** `sanctl why` over simulated nodes: what is wrong, why, and what would mend it; also with one node gone. It only reads. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectGolden } from '../golden.ts';
import { codes, lines, running } from './guests.ts';

const kernel = (node: string): readonly string[] =>
  readFileSync(`test/fixtures/linux-6.1/dmesg-split-brain-${node}.txt`, 'utf8').trimEnd().split('\n');

/** Without the identifiers, which differ from run to run. */
function plain(text: string): string {
  return text.replaceAll(/[0-9A-F]{16}/g, (id) => (/^0*4?$/.test(id) ? id : 'F'.repeat(16)));
}

test('from well to a split brain, explained; nothing is touched', async () => {
  const guests = await running();
  const well = await guests.run('why', 'web');
  expect([well.code, well.stdout]).toEqual([0, 'vm/web: nothing is wrong with it, or with what it stands on.\n']);
  expect(lines(await guests.run('why', 'web', '--json')).at(-1)).toMatchObject({
    type: 'why',
    asked: 'vm/web',
    code: 'well',
  });

  for (const name of ['alpha', 'bravo']) guests.machine(name).exec(['drbdadm', 'disconnect', 'web-root']);
  const cut = await guests.run('why', 'web-root');
  expect(cut.code).toBe(2);
  expect(cut.stdout).toContain('[disconnected]');
  expect(cut.stdout).toContain('bravo$ drbdadm connect web-root');

  guests.machine('bravo').exec(['drbdadm', 'primary', 'web-root']);
  guests.machine('bravo').exec(['drbdadm', 'secondary', 'web-root']);
  for (const name of ['alpha', 'bravo']) guests.machine(name).kernelLog = kernel(name);
  for (const name of ['alpha', 'bravo']) guests.machine(name).exec(['drbdadm', 'connect', 'web-root']);
  guests.desk.setting.clock.advance(30);
  const split = await guests.run('why', 'web-root');
  expect(split.code).toBe(2);
  expectGolden('why-split-brain.txt', plain(split.stdout));
  const [line] = lines(await guests.run('why', 'web-root', '--json')).filter(({ type }) => type === 'why');
  expect(line).toMatchObject({ version: 1, about: 'volume/web-root', code: 'stand-alone', nodes: ['alpha', 'bravo'] });
  expect(JSON.stringify(line)).toContain('"code":"split-brain","certainty":"proven"');
  expect(guests.wasTouched).toBe(false);
});

test('one node gone: what cannot be decided without it is said to be undecided', async () => {
  const guests = await running();
  guests.machine('bravo').on = false;
  const { code, stdout, stderr } = await guests.run('why', 'web');
  expect([code, codes(stderr)]).toEqual([3, ['ssh/unreachable']]);
  expectGolden('why-node-gone.txt', plain(stdout));
});

test('names: none, several, a kind before it; commands for the inventory of the run', async () => {
  const guests = await running();
  const none = await guests.run('why', 'wep');
  expect([none.code, codes(none.stderr)]).toEqual([1, ['why/no-such-thing']]);
  expect(none.stderr.replaceAll(/\s+/g, ' ')).toContain('Did you mean `web`?');
  const named = guests.desk.write('twice.yaml', `${guests.desk.read('inventory.yaml')}`.replaceAll('web-root', 'web'));
  const several = await guests.run('-i', named, 'why', 'web');
  expect([several.code, codes(several.stderr)]).toEqual([1, ['why/ambiguous']]);
  expect(several.stderr.replaceAll(/\s+/g, ' ')).toContain('`sanctl -i twice.yaml why volume/web` or');
});
