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
    ({ uuid, events, role, replaces, state }, at) =>
      `/dev/${at} ${uuid} ${events} ${role ?? (replaces === undefined ? 'spare' : `r${replaces}`)} ${state}\n`,
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

function spare(state: string, events: number): Leg {
  return { uuid: 'f9c58a3a6983f8f2f6a4425c16ab937e', name: 'sanctl:one', state, events };
}

describe('members of an array', () => {
  test('a crash leaves one event between them: all are used', () => {
    expect(compare([leg(0, 'AA', 34), leg(1, 'AA', 35)])).toMatchObject({ ok: true, stale: [] });
  });

  // mdadm starts with the newer one and ends with 0 (tried: md-assemble).
  test('one that was away is stale, and the other knows it', () => {
    const [one, two] = [leg(0, 'A.', 25), leg(1, 'AA', 20)];
    expect(compare([one, two])).toMatchObject({ ok: true, use: [one], stale: [two], gone: [], whole: false });
  });

  test('one event behind, but known to be away: stale', () => {
    const [one, two] = [leg(0, 'A.', 21), leg(1, 'AA', 20)];
    expect(compare([one, two])).toMatchObject({ ok: true, use: [one], stale: [two], gone: [], whole: false });
  });

  // mdadm ignores the one, starts with the other and ends with 0; or re-adds it without copying what differs (tried: md-grow).
  test.each([19, 22, 34])('each went on without the other: a split brain, whatever the events (%i)', (events) => {
    expect(compare([leg(0, 'A.', 19), leg(1, '.A', events)])).toMatchObject({ ok: false });
    expect(onTheNode([leg(0, 'A.', 19), leg(1, '.A', events)])).toMatchObject({ ok: false });
  });

  test('two that were lost one after the other, as of RAID 6 (tried: md-readd)', () => {
    const [one, two, three, four] = [leg(0, 'A..A', 40), leg(1, 'AAAA', 20), leg(2, 'A.AA', 30), leg(3, 'A..A', 40)];
    expect(compare([one, two, three, four])).toMatchObject({ ok: true, use: [one, four], stale: [two, three] });
  });

  test('of different arrays, twice the same member, one that is not whole without what replaced it', () => {
    expect(compare([leg(0, 'AA', 1), { ...leg(1, 'AA', 1), uuid: 'other' }])).toMatchObject({ ok: false });
    expect(compare([leg(0, 'AA', 1), leg(0, 'AA', 1)])).toMatchObject({ ok: false });
    expect(compare([leg(0, 'RA', 1), leg(1, 'AA', 1)])).toMatchObject({ whole: false });
  });

  // mdadm 4.2, kernel 6.1: what four members and a spare said while `--replace` ran, and after it (examine-replacing).
  test('one is being replaced: what takes its place is used with it, and must be there', () => {
    const four = [leg(0, 'ARAA', 21), leg(1, 'ARAA', 21), leg(2, 'ARAA', 21), leg(3, 'ARAA', 21)];
    const fifth: Leg = { ...spare('ARAA', 21), replaces: 1 };
    expect(compare([...four, fifth])).toMatchObject({ ok: true, use: [...four, fifth], whole: true });
    expect(compare(four)).toMatchObject({ ok: false });
    expect(compare([...four.filter(({ role }) => role !== 1), fifth])).toMatchObject({ ok: true, whole: false });
  });

  test.each([26, 27])('one that was replaced is never used again, however near its events are (%i)', (events) => {
    const four = [leg(0, 'AAAA', 28), leg(1, 'AAAA', 28), leg(2, 'AAAA', 28), leg(3, 'AAAA', 28)];
    const old = leg(1, 'ARAA', events);
    expect(compare([...four, old])).toMatchObject({ ok: true, use: four, stale: [], gone: [old], whole: true });
    const without = four.filter(({ role }) => role !== 1);
    expect(compare([...without, old])).toMatchObject({ ok: true, use: without, gone: [old], whole: false });
  });

  test('one that was failed and replaced by another is gone; if it went on alone, it is a split brain', () => {
    const three = [leg(0, 'AAA', 40), leg(1, 'AAA', 40), leg(2, 'AAA', 40)];
    const old = leg(1, 'AAA', 18);
    expect(compare([...three, old])).toMatchObject({ ok: true, use: three, stale: [], gone: [old], whole: true });
    expect(compare([...three, leg(1, '.A.', 18)])).toMatchObject({ ok: false });
  });

  test('the node applies the same rule', () => {
    const states = fc.array(fc.constantFrom('A', 'A', 'A', 'A', '.', 'R'), { minLength: 3, maxLength: 3 });
    const any = fc.tuple(
      fc.constantFrom('aa', 'aa', 'aa', 'aa', 'bb'),
      fc.constantFrom(0, 1, 2, 'r1', undefined),
      states,
      fc.integer({ min: 8, max: 12 }),
    );
    const legs = fc.array(any, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(legs, (list) => {
        const all: Leg[] = list.map(([uuid, role, state, events]) => ({
          uuid,
          name: '',
          events,
          state: state.join(''),
          ...(typeof role === 'number' && { role }),
          ...(role === 'r1' && { replaces: 1 }),
        }));
        const [here, there] = [compare(all), onTheNode(all)];
        expect(there.ok).toBe(here.ok);
        if (!here.ok) return;
        const wordOf = (one: Leg) => (here.use.includes(one) ? 'use' : here.stale.includes(one) ? 'stale' : 'gone');
        const words = all.map((one, at) => `${wordOf(one)} /dev/${at}\n`);
        expect(there.said).toBe(words.join('') + (here.whole ? 'whole\n' : ''));
      }),
      { numRuns: 150 },
    );
  });
});
