/** `sanctl graph` and `plan --graph`: without a network. */
import { expect, test } from 'vitest';
import { codes, lines, mirrored, unapplied } from './guests.ts';

test('the site, in each format, and nobody is asked', async () => {
  const guests = unapplied();
  for (const name of ['alpha', 'bravo']) guests.machine(name).on = false;
  const begins = { svg: '<svg ', mermaid: '---\ntitle: "home"', dot: 'digraph sanctl {' };
  for (const [format, begin] of Object.entries(begins)) {
    const { code, stdout } = await guests.run('graph', '--format', format);
    expect([code, stdout.slice(0, begin.length)]).toEqual([0, begin]);
    expect(stdout).toContain('web-root');
  }
  expect((await guests.run('graph')).stdout).toMatch(/^<svg /);
});

test('without a node, and without one that there is not', async () => {
  const guests = unapplied();
  const { code, stdout } = await guests.run('graph', '--format', 'dot', '--without', 'alpha');
  expect([code, stdout]).toEqual([0, expect.stringContaining('stops; may be started on bravo')]);
  const wrong = await guests.run('graph', '--without', 'alfa');
  expect([wrong.code, wrong.stdout, codes(wrong.stderr)]).toEqual([1, '', ['usage/unknown-node']]);
});

test('a plan as a picture', async () => {
  const guests = unapplied(mirrored);
  const { code, stdout } = await guests.run('plan', '--offline', '--graph', '--format', 'mermaid');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^---\ntitle: "Plan for home: \d+ steps"\n---\nflowchart TB\n/);
  expect(stdout).toContain('drbd/web-root@alpha#35;seed');
  const both = await guests.run('plan', '--offline', '--graph', '--json');
  expect([both.code, lines(both).length]).toEqual([1, 1]);
  expect(both.stdout).toContain('usage/bad-option');
  const alone = await guests.run('plan', '--offline', '--format', 'svg');
  expect([alone.code, alone.stdout, codes(alone.stderr)]).toEqual([1, '', ['usage/bad-option']]);
  expect(alone.stderr).toContain('`--graph`');
});
