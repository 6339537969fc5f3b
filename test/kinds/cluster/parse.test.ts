import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseProspect } from '../../../src/kinds/cluster/parse.ts';

const folder = new URL('../../fixtures/pacemaker-2.1.5/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.startsWith('prospect-'));
const fixture = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

test('what would change, in the words of crm_diff; what only stands elsewhere is no change', () => {
  expect(parseProspect(fixture('prospect-as-wished.txt'))).toMatchObject({
    changes: [],
    verified: { is: 'fine' },
    consequences: [],
  });
  const words = parseProspect(fixture('prospect-leave.txt'))?.changes.map(
    ({ operation, what }) => `${operation} ${what}`,
  );
  expect(words).toEqual([
    'delete clone mirror-web-root',
    'delete primitive vm-web',
    'delete rsc_location replicas-mirror-web-root',
    'delete rsc_colocation with-mirror-web-root',
    'delete rsc_order after-mirror-web-root',
    'delete rsc_location home-vm-web',
    'modify nvpair memory.sanctl-node-alpha',
  ]);
});

test('an error of crm_verify is none of its warnings', () => {
  expect(parseProspect(fixture('prospect-refused.txt'))?.verified.is).toBe('invalid');
  expect(parseProspect(fixture('prospect-unclean.txt'))?.verified.is).toBe('doubtful');
});

describe.each(names)('%s', (name) => {
  const text = fixture(name);

  test('is read', () => {
    expect(parseProspect(text)).toBeDefined();
  });

  test('cut anywhere, it is unknown (C5)', () => {
    const end = text.indexOf('== sanctl end') + '== sanctl end'.length;
    for (let at = 0; at < end; at += 29) expect(parseProspect(text.slice(0, at))).toBeUndefined();
  });

  test('whatever is in it, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string(), (at, length, other) => {
        parseProspect(text.slice(0, at) + other + text.slice(at + length));
      }),
    );
  });
});

test.each([
  ['inactive', 'stopped'],
  ['failed', 'stopped'],
])('Pacemaker that is %s', (active, prospect) => {
  expect(parse(answers(active)).prospect).toEqual({ known: true, value: prospect });
});

test.each(['activating', 'deactivating', 'reloading'])('Pacemaker that is %s may run (C5)', (active) => {
  expect(parse(answers(active)).prospect.known).toBe(false);
});

function answers(active: string) {
  const unit = (name: string) => `Id=${name}.service\nActiveState=${active}\nUnitFileState=enabled\n`;
  const stdout = `${unit('corosync')}\n${unit('pacemaker')}`;
  return new Map([['cluster.units', { code: 0, stdout, stderr: '' }]]);
}
