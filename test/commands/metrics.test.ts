/** `sanctl metrics`: what Prometheus is told, and whether its own parser takes it. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { metricsText } from '../../src/health/metrics.ts';
import { figure, type Row } from '../../src/kinds/health.ts';
import { type Guests, running } from './guests.ts';

const promtool = spawnSync('promtool', ['--version']).status === 0;

async function told(guests: Guests): Promise<string> {
  const { code, stdout, stderr } = await guests.run('metrics');
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

function check(text: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
}

test('a site that is well', async () => {
  const text = await told(await running());
  for (const line of [
    '# TYPE sanctl_mirror_primary gauge',
    'sanctl_node_up{site="home",node="alpha"} 1',
    'sanctl_group_bytes{site="home",group="vg0",node="bravo"} 2143289344',
    'sanctl_mirror_primary{site="home",mirror="web-root",node="alpha"} 1',
    'sanctl_mirror_primary{site="home",mirror="web-root",node="bravo"} 0',
    'sanctl_mirror_out_of_sync_bytes{site="home",mirror="web-root",node="bravo"} 0',
    'sanctl_vm_running{site="home",vm="web",node="alpha"} 1',
    'sanctl_level{site="home",section="mirror",name="web-root"} 0',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('sanctl_findings');
});

test('a node is away: it is down, its findings are counted, and what it did not say is absent', async () => {
  const guests = await running();
  guests.machine('bravo').on = false;
  const text = await told(guests);
  expect(text).toContain('sanctl_node_up{site="home",node="bravo"} 0\n');
  expect(text).toContain('sanctl_level{site="home",section="node",name="bravo"} 3\n');
  expect(text).toContain('sanctl_findings{site="home",code="ssh/unreachable",severity="error"} 1\n');
  expect(text).not.toContain('mirror="web-root",node="bravo"');
});

test.skipIf(!promtool)('promtool (Debian package prometheus) finds nothing wrong with it', async () => {
  const guests = await running();
  check(await told(guests));
  guests.machine('bravo').on = false;
  check(await told(guests));
});

test.skipIf(!promtool)('nor with names that nobody should give, nor with one thing told twice', () => {
  const row: Row = {
    section: 'vm',
    name: 'a "b" \\ \n c',
    nodes: ['alpha'],
    level: 'fine',
    state: 'running',
    detail: [],
    figures: [figure('vm_running', true, 'alpha')],
  };
  check(metricsText('si"te', { rows: [row, row], findings: [], level: 'fine' }));
});
