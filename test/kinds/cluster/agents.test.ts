/** What sanctl tells agents is what they take, and they get the time that they advise: by their own metadata. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configuration } from '../../../src/kinds/cluster/configuration.ts';
import { managedVms } from '../../../src/kinds/cluster/members.ts';
import { awaitMembers, commitFirst } from '../../../src/kinds/cluster/steps.ts';
import type { Element } from '../../../src/kinds/cluster/xml.ts';
import { holds } from '../../../src/shell/expect.ts';
import { twoNodes } from './sites.ts';

const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
const metadata: Readonly<Record<string, string>> = {
  Xen: fixture('resource-agents-4.12/Xen.metadata.xml'),
  drbd: fixture('drbd-utils-9.22/ocf-drbd.metadata.xml'),
  fence_ipmilan: fixture('fence-agents-4.12/fence_ipmilan.metadata.xml'),
};

const site = twoNodes();
const { cluster } = site;
if (cluster === undefined) throw new Error('no cluster');

function all(root: Element, name: string): readonly Element[] {
  return [...(root.name === name ? [root] : []), ...root.children.flatMap((child) => all(child, name))];
}

const primitives = all(configuration(site, cluster), 'primitive');

test.each(Object.keys(metadata))('%s: parameters that it has, all that it requires', (type) => {
  const text = metadata[type] ?? '';
  const known = [...text.matchAll(/<parameter name="([^"]+)"/g)].map(([, name]) => name);
  const required = [...text.matchAll(/<parameter name="([^"]+)"[^>]*required="1"/g)].map(([, name]) => name);
  const used = primitives.filter(({ attributes }) => attributes['type'] === type);
  expect(used.length).toBeGreaterThan(0);
  for (const one of used) {
    const sets = one.children.filter(({ name }) => name === 'instance_attributes');
    const given = sets.flatMap((set) => set.children.map(({ attributes }) => attributes['name'] ?? ''));
    expect(known).toEqual(expect.arrayContaining(given.filter((name) => !name.startsWith('pcmk_'))));
    // What is to be done, Pacemaker says itself.
    expect(given).toEqual(expect.arrayContaining(required.filter((name) => name !== 'action')));
  }
});

test.each(['Xen', 'drbd'])('%s: no operation has less time than its agent advises', (type) => {
  const advised = new Map(
    [...(metadata[type] ?? '').matchAll(/<action name="(\w+)"[^>]*\btimeout="(\d+)/g)].map(([, name = '', time]) => [
      name,
      Number(time),
    ]),
  );
  for (const operation of primitives
    .filter(({ attributes }) => attributes['type'] === type)
    .flatMap((one) => all(one, 'op'))) {
    const { name = '', timeout } = operation.attributes;
    expect(advised.has(name), name).toBe(true);
    expect(Number.parseInt(timeout ?? '', 10)).toBeGreaterThanOrEqual(advised.get(name) ?? 0);
  }
});

test('a fence device is given as long to be looked at first as it is later: Pacemaker would give it 20 s', () => {
  const devices = primitives.filter(({ attributes }) => attributes['class'] === 'stonith');
  expect(devices).toHaveLength(2);
  for (const device of devices) {
    const times = new Map(all(device, 'op').map(({ attributes: { name = '', timeout } }) => [name, timeout]));
    expect(times.get('start')).toBe(times.get('monitor'));
  }
});

test('what is waited for is what crm_mon prints', () => {
  const stdout = fixture('pacemaker-2.1.5/crm_mon-running.xml');
  const steps = [awaitMembers('alpha', cluster, ['bravo']), commitFirst('alpha', site, cluster, managedVms(site))];
  const waits = steps.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.do === 'wait' ? [action.until] : [])),
  );
  expect(waits).toHaveLength(4);
  for (const until of waits) expect(holds(until, { code: 0, stdout }), JSON.stringify(until)).toBe(true);
  const gone = stdout.replaceAll('online="true"', 'online="false"').replaceAll('role="Started"', 'role="Stopped"');
  for (const until of waits) expect(holds(until, { code: 0, stdout: gone }), JSON.stringify(until)).toBe(false);
});
