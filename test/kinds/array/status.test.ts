/** `sanctl array status`, over what a real host answered. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { array } from '../../../src/kinds/array/index.ts';
import { isLacking, statusOf } from '../../../src/kinds/array/status.ts';
import type { NodeFacts } from '../../../src/kinds/world.ts';
import type { ProbeOutput } from '../../../src/shell/command.ts';
import { arraysText } from '../../../src/view/arrays.ts';
import { answersOf } from '../cases.ts';
import { compactSite } from '../compact.ts';

const site = compactSite({
  nodes: ['alpha'],
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { 'one-a': { size: '128MiB' }, 'one-b': { size: '128MiB' } },
  arrays: { one: { members: [{ volume: 'one-a' }, { volume: 'one-b' }] } },
});
const page = { columns: 120, paint: (_style: unknown, text: string) => text } as Parameters<typeof arraysText>[1];

function statusWith(change: (text: string) => string, lost = false) {
  const answers = new Map<string, ProbeOutput>(answersOf({ about: '', like: 'arrays' }, 'alpha'));
  const kernel = answers.get('array.assembled');
  if (kernel === undefined) throw new Error('no answer of the kernel');
  answers.set('array.assembled', { ...kernel, ...(lost && { code: undefined }), stdout: change(kernel.stdout) });
  return statusOf(site, new Map([['alpha', { array: array.parse(answers, site, 'alpha') } as unknown as NodeFacts]]));
}

test('whole', () => {
  const { arrays, problems } = statusWith((text) => text);
  expect(problems).toEqual([]);
  expect(arrays).toMatchObject([
    { name: 'one', state: 'clean', bytes: 133169152, members: [{ state: 'in sync' }, { state: 'in sync' }] },
  ]);
  expect(arraysText(arrays, page)).toMatch(
    /^one +alpha +clean +raid1 +127 MiB +\/dev\/vg0\/one-a, \/dev\/vg0\/one-b$/m,
  );
});

test('a rebuild, as far as it has come', () => {
  const part = readFileSync(new URL('../../fixtures/linux-6.1/md-sync-completed.txt', import.meta.url), 'utf8').trim();
  const { arrays } = statusWith((text) =>
    text
      .slice(text.indexOf('device md127'))
      .replace('degraded 0', 'degraded 1')
      .replace('sync_action idle', 'sync_action recover')
      .replace('sync_completed none', `sync_completed ${part}`)
      .replace('leg dm-1 1 in_sync', 'leg dm-1 1 spare'),
  );
  expect(arrays).toMatchObject([
    { state: 'degraded', action: 'recover', members: [{ state: 'in sync' }, { state: 'rebuilding' }] },
  ]);
  expect(arraysText(arrays, page)).toContain('recover 9 %');
});

test.each([
  ['leg dm-1 1 in_sync', 'leg dm-9 1 in_sync', 'no member'],
  ['leg dm-1 1 in_sync', 'leg dm-1 none faulty\nleg dm-9 1 in_sync', 'replaced'],
  ['leg dm-1 1 in_sync', 'leg dm-1 none spare\nleg dm-9 1 in_sync', 'spare'],
])('what the array does without is not missing (%s -> %s)', (from, to, state) => {
  const { arrays } = statusWith((text) => text.replace(from, to));
  expect(arrays).toMatchObject([{ state: 'clean', members: [{ state: 'in sync' }, { state }] }]);
  expect(arrays[0]?.members.filter(isLacking)).toEqual([]);
});

test('stopped is what the kernel says; unknown is not stopped', () => {
  expect(statusWith(() => '').arrays).toMatchObject([
    { state: 'stopped', members: [{ state: 'there' }, { state: 'there' }] },
  ]);
  const lost = statusWith((text) => text, true);
  expect(lost.arrays).toMatchObject([{ state: 'unknown' }]);
  expect(lost.problems).toHaveLength(1);
});
