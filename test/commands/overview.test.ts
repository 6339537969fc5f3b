/** Verbs that show one sort of thing over the whole site: a node that did not answer is never 0, whatever else there is. */
import { expect, test } from 'vitest';
import { fail } from '../sim/machine/answer.ts';
import { codes, mirrored, stopped, unapplied } from './guests.ts';

test.each([
  ['vm', 'list'],
  ['export', 'list'],
  ['array', 'status'],
  ['snapshot', 'list'],
])('%s %s', async (...words) => {
  const guests = await stopped();
  const well = await guests.run(...words);
  expect([well.code, codes(well.stderr)]).toEqual([0, []]);
  guests.machine('bravo').on = false;
  const dark = await guests.run(...words);
  expect([dark.code, codes(dark.stderr)]).toEqual([3, ['ssh/unreachable']]);
});

const served = mirrored.replace(
  'vms:',
  `  isos: { size: 32MiB, group: vg0, replicas: [alpha] }
  one: { size: 32MiB, group: vg0, replicas: [alpha] }
  two: { size: 32MiB, group: vg0, replicas: [alpha] }
exports:
  isos: { volume: isos, from: alpha, via: nbd, tls: none, readOnly: true, to: [bravo] }
arrays:
  pool: { node: alpha, level: 1, members: [{ volume: one }, { volume: two }] }
vms:`,
);

test.each(['array status', 'export list'])('%s fails as `status` does where something is wrong', async (words) => {
  const guests = unapplied(served);
  const [own, whole] = [await guests.run(...words.split(' ')), await guests.run('status')];
  expect([own.code, whole.code]).toEqual([2, 2]);
});

test.each([
  ['array status', 'sh -c', 'alpha'],
  ['export list', 'systemctl show', 'alpha'],
  ['export list', 'systemctl show', 'bravo'],
  ['snapshot list', 'lvs -a', 'alpha'],
])('%s: what could not be read is not what is wrong, and is said (C5)', async (words, question, node) => {
  const guests = unapplied(served);
  guests.instead(node, question, () => fail(1));
  const { code, stderr } = await guests.run(...words.split(' '));
  expect([code, [...new Set(codes(stderr))]]).toEqual([3, ['facts/unknown']]);
  expect(stderr).toContain(`on ${node}: `);
});
