/** A VM out of the cluster's hands and back, by what nodes are told, with Pacemaker's own tools over a cluster in a file. */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { giveBack, isCalm, knowsAt, untilKnownAt, untilLeftAlone } from '../../../src/kinds/cluster/handing.ts';
import { isFlagged, isUnflagged, maintained, setFlags } from '../../../src/kinds/cluster/maintenance.ts';
import { parseProspect } from '../../../src/kinds/cluster/parse.ts';
import type { Guard, WaitFor } from '../../../src/shell/command.ts';
import { ask, look } from './asking.ts';
import { copyOf, healthy, isThere, run } from './pacemaker.ts';
import { twoNodes } from './sites.ts';

const site = twoNodes();
const { web } = site.vms;
if (web === undefined) throw new Error('no web');

/** What a cluster of two real members had (Pacemaker 2.1.5, with stand-ins for the agents). */
function recorded(name: 'cib-maintenance' | 'cib-moved', change = (text: string): string => text): string {
  const path = join(mkdtempSync(join(tmpdir(), 'cluster-')), 'cib.xml');
  const from = new URL(`../../fixtures/pacemaker-2.1.5/${name}.xml`, import.meta.url);
  copyFileSync(from, path);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return path;
}

function holds({ ask: question, expect: wanted }: Pick<Guard, 'ask' | 'expect'>, path: string): boolean {
  const { code, stdout } = ask(question, path);
  if ('exit' in wanted) return code === wanted.exit;
  if (code !== 0) return false;
  if ('stdout' in wanted) return stdout.trim() === wanted.stdout;
  const found = (pattern: string): boolean => stdout.split('\n').some((line) => new RegExp(pattern).test(line));
  return 'matches' in wanted ? found(wanted.matches) : !found(wanted.lacks);
}

const waited = ({ command, until }: WaitFor, path: string): boolean => holds({ ask: command, expect: until }, path);

describe.skipIf(!isThere)('out of its hands', { timeout: 120_000 }, () => {
  test('both are left alone, by flags that are known as ours; and an apply does not take them away (P5, P8)', () => {
    const { path } = copyOf(healthy(site));
    const before = [isCalm, isUnflagged(web, site), ...knowsAt(web, 'alpha', site)];
    expect(before.map((guard) => holds(guard, path))).toEqual(before.map(() => true));
    expect(holds(isFlagged(web, site), path)).toBe(false);
    expect(knowsAt(web, 'bravo', site).map((guard) => holds(guard, path))).toEqual([false, false]);
    expect(untilLeftAlone(web, site).map((one) => waited(one, path))).toEqual([false, false]);
    const done = ask(setFlags(web, site).command, path);
    expect(done.code, done.stderr).toBe(0);
    expect([holds(isFlagged(web, site), path), holds(isUnflagged(web, site), path)]).toEqual([true, false]);
    const after = [...untilLeftAlone(web, site), ...untilKnownAt(web, 'alpha', site)];
    expect(after.map((one) => waited(one, path))).toEqual(after.map(() => true));
    const prospect = parseProspect(look(site, path).stdout);
    const codes =
      prospect && maintained(prospect, site).map(({ code, detail }) => `${code} ${detail.includes('/web ')}`);
    expect(codes).toEqual(['cluster/left-in-maintenance true']);
  });

  test('a flag of somebody is seen, and a VM that the cluster does not have is not made (P6)', () => {
    const { path } = copyOf(healthy(twoNodes({ vms: ['mail'] })));
    const before = readFileSync(path, 'utf8');
    expect(ask(setFlags(web, site).command, path).code).not.toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before);
    const theirs = recorded('cib-moved', (text) => text.replaceAll('sanctl-maintenance-', 'somebody-'));
    expect([holds(isUnflagged(web, site), theirs), holds(isFlagged(web, site), theirs)]).toEqual([false, false]);
  });

  test.each([
    ['a member that is not there', ' crmd="online" ', ' crmd="offline" '],
    [
      'the whole of it in maintenance',
      '<nvpair id="no-quorum',
      '<nvpair id="m" name="maintenance-mode" value="true"/><nvpair id="no-quorum',
    ],
  ])('not calm: %s', (_what, from, to) => {
    const change = (text: string): string => {
      expect(text).toContain(from);
      return text.replace(from, to);
    };
    expect(holds(isCalm, recorded('cib-moved', change))).toBe(false);
  });
});

describe.skipIf(!isThere)('back into its hands', { timeout: 120_000 }, () => {
  const back = (path: string, node: string) => ask(giveBack(web, node, site).command, path);

  test('where it has arrived, and the cluster knows it there: nothing begins, no flag is left, and no constraint', () => {
    const path = recorded('cib-moved');
    const before = readFileSync(path, 'utf8');
    const { code, stderr } = back(path, 'bravo');
    expect(code, stderr).toBe(0);
    const after = readFileSync(path, 'utf8');
    expect(after).not.toMatch(/maintenance"|cli-/);
    const without = (text: string): string =>
      text.replace(/<cib [^>]*>/, '').replaceAll(/<meta_attributes id="sanctl-m.*?<\/meta_attributes>/gs, '');
    expect(without(after).replaceAll(/\s/g, '')).toBe(without(before).replaceAll(/\s/g, ''));
    expect(run('crm_simulate', ['--simulate', '--xml-file', path])).toMatch(/Transition Summary:\n\n/);
    expect(back(path, 'bravo')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing of sanctl') });
  });

  test.each([
    [
      'the cluster has it where it left: by the scheduler alone nothing would happen',
      'cib-maintenance',
      'bravo',
      '',
      '',
      'not on bravo alone',
    ],
    ['it did not move, and the cluster has it elsewhere', 'cib-moved', 'alpha', '', '', 'not on alpha alone'],
    [
      'a constraint of somebody draws it back',
      'cib-moved',
      'bravo',
      '</constraints>',
      '<rsc_location id="cli-prefer-vm-web" rsc="vm-web" role="Started" node="alpha" score="INFINITY"/></constraints>',
      'Move vm-web',
    ],
    [
      'somebody has said that it is to stop',
      'cib-moved',
      'bravo',
      'name="target-role" value="Started"',
      'name="target-role" value="Stopped"',
      'Stop vm-web',
    ],
    [
      'its home weighs more',
      'cib-moved',
      'bravo',
      'name="resource-stickiness" value="1000"',
      'name="resource-stickiness" value="0"',
      'Move vm-web',
    ],
    [
      'its mirror is promoted on both, by an agent’s last look',
      'cib-moved',
      'bravo',
      /transition-magic="0:0(;10:12:7:[^>]*rc-code=)"0"/,
      'transition-magic="0:8$1"8"',
      'not promoted on bravo alone',
    ],
  ] as const)('not given back: %s', (_what, name, node, from, to, words) => {
    const path = recorded(name, (text) => (from === '' ? text : text.replace(from, to)));
    const before = readFileSync(path, 'utf8');
    if (from !== '') expect(before).not.toBe(readFileSync(recorded(name), 'utf8'));
    const { code, stderr } = back(path, node);
    expect([code, stderr.replaceAll(/ +/g, ' ')]).toEqual([1, expect.stringContaining(words)]);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('a cluster that cannot be asked gives nothing away (C5)', () => {
    expect(back('/nowhere/cib.xml', 'bravo').code).not.toBe(0);
  });
});
