/** Which members may be put together: the rule in TypeScript against the one that the node applies, and against what mdadm 4.2 does. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, type Leg } from '../../../src/kinds/array/legs.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';

const script = templateRenderer(templateFiles())('array/array', {
  records: '/r',
  words: '/w',
  imports: '/i',
  configs: '/c',
  run: '--run',
}).join('');

/** What the node makes of the same legs. */
function onTheNode(legs: readonly Leg[]): { readonly ok: boolean; readonly said: string } {
  const lines = legs.map(
    ({ uuid, events, role, state }, at) => `/dev/${at} ${uuid} ${events} ${role ?? 'spare'} ${state}\n`,
  );
  const { status, stdout } = spawnSync('sh', ['-c', script, 'sh', 'compare', 'x'], {
    input: lines.join(''),
    encoding: 'utf8',
  });
  return { ok: status === 0, said: stdout };
}

function leg(role: number, state: string, events: number): Leg {
  return { uuid: 'f9c58a3a6983f8f2f6a4425c16ab937e', name: 'sanctl:one', role, state, events };
}

describe('members of an array', () => {
  test('a crash leaves one event between them: all are used', () => {
    expect(compare([leg(0, 'AA', 34), leg(1, 'AA', 35)])).toMatchObject({ ok: true, stale: [] });
  });

  // mdadm starts with the newer one and ends with 0 (tried: md-assemble).
  test('one that was away is stale, and the other knows it', () => {
    const [one, two] = [leg(0, 'A.', 25), leg(1, 'AA', 20)];
    expect(compare([one, two])).toEqual({ ok: true, use: [one], stale: [two] });
  });

  test('one event behind, but known to be away: stale', () => {
    const [one, two] = [leg(0, 'A.', 21), leg(1, 'AA', 20)];
    expect(compare([one, two])).toEqual({ ok: true, use: [one], stale: [two] });
  });

  // mdadm ignores the one, starts with the other and ends with 0; or re-adds it without copying what differs (tried: md-grow).
  test.each([19, 22, 34])('each went on without the other: a split brain, whatever the events (%i)', (events) => {
    expect(compare([leg(0, 'A.', 19), leg(1, '.A', events)])).toMatchObject({ ok: false });
    expect(onTheNode([leg(0, 'A.', 19), leg(1, '.A', events)])).toMatchObject({ ok: false });
  });

  test('two that were lost one after the other, as of RAID 6 (tried: md-readd)', () => {
    const [one, two, three, four] = [leg(0, 'A..A', 40), leg(1, 'AAAA', 20), leg(2, 'A.AA', 30), leg(3, 'A..A', 40)];
    expect(compare([one, two, three, four])).toEqual({ ok: true, use: [one, four], stale: [two, three] });
  });

  test('of different arrays, twice the same member, one being replaced', () => {
    expect(compare([leg(0, 'AA', 1), { ...leg(1, 'AA', 1), uuid: 'other' }])).toMatchObject({ ok: false });
    expect(compare([leg(0, 'AA', 1), leg(0, 'AA', 1)])).toMatchObject({ ok: false });
    expect(compare([leg(0, 'RA', 1), leg(1, 'AA', 1)])).toMatchObject({ ok: false });
  });

  test('the node applies the same rule', () => {
    const states = fc.array(fc.constantFrom('A', 'A', 'A', '.', 'R'), { minLength: 3, maxLength: 3 });
    const any = fc.tuple(
      fc.constantFrom('aa', 'aa', 'aa', 'aa', 'bb'),
      fc.constantFrom(0, 1, 2, undefined),
      states,
      fc.integer({ min: 8, max: 12 }),
    );
    const legs = fc.array(any, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(legs, (list) => {
        const all: Leg[] = list.map(([uuid, role, state, events]) => ({
          uuid,
          name: '',
          events,
          state: state.join(''),
          ...(role !== undefined && { role }),
        }));
        const [here, there] = [compare(all), onTheNode(all)];
        expect(there.ok).toBe(here.ok);
        if (!here.ok) return;
        const words = all.map((one, at) => `${here.use.includes(one) ? 'use' : 'stale'} /dev/${at}\n`);
        expect(there.said).toBe(words.join(''));
      }),
      { numRuns: 150 },
    );
  });
});
