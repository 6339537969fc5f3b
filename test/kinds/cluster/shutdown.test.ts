/** A member that is told to leave, by Pacemaker's own scheduler over a cluster in a file: what would end by that, and what keeps it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leavesQuietly } from '../../../src/kinds/cluster/shutdown.ts';
import { ask } from './asking.ts';
import { copyOf, healthy, isThere, run, type Simulated, settle } from './pacemaker.ts';
import { twoNodes } from './sites.ts';

const site = twoNodes();

/** Led there, and left there. */
function moved(cluster: Simulated, vm: string, node: string): void {
  const env = { CIB_file: cluster.path };
  const constraint = join(cluster.path, '..', 'constraint.xml');
  writeFileSync(constraint, `<rsc_location id="there" rsc="vm-${vm}" node="${node}" score="INFINITY"/>`);
  run('cibadmin', ['--create', '--scope', 'constraints', '--xml-file', constraint], env);
  settle(cluster);
  run('cibadmin', ['--delete', '--xml-file', constraint], env);
}

function said(node: string, { path }: Simulated): string {
  const guard = leavesQuietly(node, site)[1];
  if (guard === undefined) throw new Error(`${node} is no member`);
  const { code, stdout, stderr } = ask(guard.ask, path);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe.skipIf(!isThere)('were it to leave the cluster', { timeout: 120_000 }, () => {
  test('what has left it stays where it is; and the one where all runs may not leave', () => {
    const cluster = copyOf(healthy(site));
    moved(cluster, 'web', 'bravo');
    const before = readFileSync(cluster.path, 'utf8');
    expect(said('alpha', cluster)).toBe('');
    expect(said('bravo', cluster)).toContain('the cluster would: Move       vm-web');
    expect(readFileSync(cluster.path, 'utf8')).toBe(before);
  });

  test('a VM that still runs there would be stopped, and started elsewhere', () => {
    expect(said('alpha', healthy(site))).toMatch(/the cluster would: (Move|Stop) +vm-web/);
  });

  test('a cluster that is about to do something else is not left', () => {
    const cluster = copyOf(healthy(site));
    moved(cluster, 'web', 'bravo');
    const stopped = [
      '--resource',
      'vm-mail',
      '--meta',
      '--set-parameter',
      'target-role',
      '--parameter-value',
      'Stopped',
    ];
    run('crm_resource', stopped, { CIB_file: cluster.path });
    expect(said('alpha', cluster)).toMatch(/^the cluster would: Stop +vm-mail .*\n$/);
  });

  test('a cluster that cannot be asked', () => {
    const cluster = copyOf(healthy(site));
    writeFileSync(cluster.path, 'none');
    const guard = leavesQuietly('alpha', site)[1];
    expect(guard && ask(guard.ask, cluster.path).stdout).toBe(
      'the cluster cannot be asked what it would do: cibadmin\n',
    );
  });

  test('a member that has another number there: nobody could tell what its leaving does', () => {
    const cluster = copyOf(healthy(site));
    writeFileSync(cluster.path, readFileSync(cluster.path, 'utf8').replace('<node_state id="1"', '<node_state id="7"'));
    expect(said('alpha', cluster)).toBe(
      'the cluster cannot be asked what it would do: alpha has another number there\n',
    );
  });

  test('who is no member has nothing to leave', () => {
    expect(leavesQuietly('charlie', site)).toEqual([]);
  });
});
