/** Looking and committing, by the scripts that nodes get, with Pacemaker’s own tools over a cluster in a file. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseProspect } from '../../../src/kinds/cluster/parse.ts';
import type { Site } from '../../../src/kinds/site.ts';
import { commit, look } from './asking.ts';
import { healthy, isThere, run, type Simulated } from './pacemaker.ts';
import { twoNodes } from './sites.ts';

function prospect(site: Site, { path }: Simulated) {
  const { code, stdout, stderr } = look(site, path);
  const found = parseProspect(stdout);
  if (code !== 0 || found === undefined) throw new Error(`${code}: ${stderr}`);
  return found;
}

function edit(cluster: Simulated, ...[program = '', ...words]: readonly string[]): void {
  run(program, words, { CIB_file: cluster.path });
}

/** The head says when it was read. */
function withoutTimes(text: string): string {
  return text.replace(/^<cib [^>]*>/m, '').replace(/\s+/g, ' ');
}

/** What a handler of DRBD adds when a Primary has lost its peer (drbd-utils 9.22, crm-fence-peer.sh). */
const handlers = `<rsc_location rsc="mirror-web-root" id="drbd-fence-by-handler-web-root-mirror-web-root">
  <rule role="Promoted" score="-INFINITY" id="drbd-fence-by-handler-web-root-rule-mirror-web-root">
    <expression attribute="#uname" operation="ne" value="alpha" id="drbd-fence-by-handler-web-root-expr-mirror-web-root"/>
  </rule>
</rsc_location>`;

describe.skipIf(!isThere)('the configuration on a node', { timeout: 120_000 }, () => {
  test('what was committed is as wished, and what others made stays (C11, D18, P10)', () => {
    const site = twoNodes();
    const cluster = healthy(twoNodes({ vms: [] }));
    edit(cluster, 'crm_attribute', '-N', 'bravo', '-n', 'standby', '-v', 'on');
    expect(prospect(site, cluster).changes).not.toEqual([]);
    const done = commit(site, '^<cib ', cluster.path);
    expect(done.code, done.stderr).toBe(0);
    edit(cluster, 'cibadmin', '--create', '--scope', 'constraints', '--xml-text', handlers);
    expect(prospect(site, cluster).changes).toEqual([]);
    expect(commit(site, '^<cib ', cluster.path).code).toBe(0);
    const text = readFileSync(cluster.path, 'utf8');
    expect(text).toContain('drbd-fence-by-handler-web-root-mirror-web-root');
    expect(text).toMatch(/name="standby" value="on"/);
  });

  test('drift is seen: an option that Pacemaker would prefer to ours, a flag on a VM', () => {
    const site = twoNodes();
    const cluster = healthy(site);
    edit(cluster, 'crm_attribute', '-n', 'stonith-enabled', '-v', 'false');
    edit(cluster, 'crm_resource', '-r', 'vm-web', '--meta', '-p', 'is-managed', '-v', 'false');
    const text = readFileSync(cluster.path, 'utf8');
    const own =
      '<cluster_property_set id="cib-bootstrap-options"><nvpair id="x" name="no-quorum-policy" value="ignore"/></cluster_property_set>';
    writeFileSync(
      cluster.path,
      text.replace(/<cluster_property_set id="cib-bootstrap-options"\/>|(?=<cluster_property_set )/, own),
    );
    const { changes } = prospect(site, cluster);
    const words = changes.map(({ operation, what }) => `${operation} ${what}`).sort();
    expect(words).toEqual([
      'delete nvpair vm-web-meta_attributes-is-managed',
      'delete nvpair x',
      'modify nvpair stonith-enabled.sanctl-options',
    ]);
    expect(commit(site, '^<cib ', cluster.path).code).toBe(0);
    expect(prospect(site, cluster).changes).toEqual([]);
  });

  test('another epoch than was read: nothing is changed (P10)', () => {
    const cluster = healthy(twoNodes({ vms: [] }));
    const { epoch, adminEpoch } = prospect(twoNodes(), cluster);
    edit(cluster, 'crm_attribute', '-n', 'maintenance-mode', '-v', 'true');
    const before = readFileSync(cluster.path, 'utf8');
    const done = commit(twoNodes(), `^<cib .* epoch="${epoch}" .* admin_epoch="${adminEpoch}"`, cluster.path);
    expect(done).toMatchObject({
      code: 1,
      stderr: 'somebody else has changed the configuration of the cluster meanwhile\n',
    });
    expect(readFileSync(cluster.path, 'utf8')).toBe(before);
  });

  test('what was there before stays at hand, also after another commit (P10)', () => {
    const cluster = healthy(twoNodes({ vms: [] }));
    const kept = mkdtempSync(join(tmpdir(), 'kept-'));
    const before = readFileSync(cluster.path, 'utf8');
    expect(commit(twoNodes(), '^<cib ', cluster.path, kept).code).toBe(0);
    expect(commit(twoNodes({ stickiness: 7 }), '^<cib ', cluster.path, kept).code).toBe(0);
    const files = readdirSync(kept).sort();
    expect(files).toHaveLength(2);
    expect(files.join()).toMatch(/^cluster\.before-\d+\.\d+\.xml,/);
    expect(withoutTimes(readFileSync(join(kept, files[0] ?? ''), 'utf8'))).toBe(withoutTimes(before));
  });

  test('what Pacemaker refuses is not committed', () => {
    const site = twoNodes();
    const cluster = healthy(site);
    const prefer = '<rsc_location id="cli-prefer-vm-web" rsc="vm-web" node="bravo" score="INFINITY"/>';
    edit(cluster, 'cibadmin', '--create', '--scope', 'constraints', '--xml-text', prefer);
    const without = twoNodes({ vms: ['mail'] });
    expect(prospect(without, cluster).verified.is).toBe('invalid');
    const before = readFileSync(cluster.path, 'utf8');
    expect(commit(without, '^<cib ', cluster.path).code).toBe(1);
    expect(readFileSync(cluster.path, 'utf8')).toBe(before);
  });

  test('a cluster that cannot be asked is no empty cluster (C5)', () => {
    expect(look(twoNodes(), '/nowhere/cib.xml').code).not.toBe(0);
    expect(commit(twoNodes(), '^<cib ', '/nowhere/cib.xml').code).not.toBe(0);
  });
});
