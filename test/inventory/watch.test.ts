/** `watch`: what it becomes, who must be told, and that nothing of it can say more than it means (Q12). */
import { expect, test } from 'vitest';
import { complaints, good, load } from './texts.ts';

function watching(watch: string): string {
  return good.replace('secrets:', `watch: ${watch}\nsecrets:`);
}

const told = 'alerts: [{ mail: root@example.org }, { command: /usr/local/bin/page, recipient: ops }]';

test('times in seconds, and each alert in one way', async () => {
  const loaded = await load(watching(`{ ${told}, verify: { schedule: "Sun 03:00" }, metrics: { folder: /srv/m } }`));
  expect(loaded.ok && loaded.value.site.watch).toEqual({
    everySeconds: 300,
    alerts: [{ mail: 'root@example.org' }, { command: '/usr/local/bin/page', recipient: 'ops' }],
    verify: { schedule: 'Sun 03:00' },
    metrics: { folder: '/srv/m', everySeconds: 60 },
  });
});

test.each(['weekly%n', 'weekly"', 'weekly;id', '$(id)', '-weekly', 'weekly\\nExecStart=id', ''])(
  'the schedule %j is refused',
  async (schedule) => {
    const loaded = await load(watching(`{ ${told}, verify: { schedule: "${schedule.replace('"', '\\"')}" } }`));
    expect(loaded.ok).toBe(false);
  },
);

test.each(["/srv/a'b", '/srv/%n', '/srv/a b', '../x'])('the folder %j is refused', async (folder) => {
  expect((await load(watching(`{ metrics: { folder: "${folder}" } }`))).ok).toBe(false);
});

test.each([
  ['{ verify: { schedule: weekly } }', 'Mirrors would be compared, and nobody told what differs.'],
  ['{ every: 1min }', '`watch` tells nobody anything.'],
  ['{ alerts: [{ recipient: ops }] }', 'An alert has exactly one of `command` and `mail`.'],
  ['{ alerts: [{ mail: a, recipient: ops }] }', '`mail` is the recipient already.'],
])('%s', async (watch, says) => {
  const [first = '', ...more] = await complaints(watching(watch));
  expect(first).toContain(`conflict: ${says}`);
  expect(more).toEqual([]);
});

test('figures alone need nobody to be told', async () => {
  expect(await complaints(watching('{ metrics: { folder: /srv/m } }'))).toEqual([]);
});
