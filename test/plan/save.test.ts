import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, digest } from '../../src/plan/digest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { parsePlan, planText } from '../../src/plan/save.ts';
import { movedSince } from '../../src/plan/stale.ts';
import { blankSite } from '../blank-site.ts';

const plan: Plan = {
  version: 1,
  site: {
    ...blankSite,
  },
  inventory: 'sha256:0',
  facts: { alpha: { volume: 'sha256:1', drbd: 'sha256:2' } },
  steps: [{ id: 'a/b@alpha#c', node: 'alpha', title: 't', needs: [], danger: 'none', guards: [], actions: [] }],
  things: 0,
  undeclared: [],
  diagnostics: [],
  offline: false,
  options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false },
};

describe('a saved plan', () => {
  it('reads back as it was', () => {
    const read = parsePlan(planText(plan), 'plan.json');
    expect(read.ok && read.value).toEqual(plan);
  });

  it.each([
    ['', /it is not JSON/],
    ['[]', /its version is undefined/],
    ['null', /it is not an object/],
    [planText({ ...plan, version: 2 as 1 }), /its version is 2/],
    [planText(plan).replace('"title": "t"', '"title": "u"'), /changed or damaged/],
  ])('is refused when it is something else (%#)', (text, why) => {
    const read = parsePlan(text, 'plan.json');
    expect(read.ok).toBe(false);
    expect(read.diagnostics[0]?.detail).toMatch(why);
  });

  it('is refused after a change to any one character that changes its data', () => {
    const text = planText(plan);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom('x', '1', '}', ' '), (at, letter) => {
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        const read = parsePlan(changed, 'plan.json');
        if (read.ok) expect(read.value).toEqual(plan);
      }),
    );
  });
});

describe('staleness', () => {
  it('names the node and what moved, and is silent when nothing did', () => {
    expect(movedSince(plan, 'alpha', { volume: 'sha256:1', drbd: 'sha256:2' })).toEqual([]);
    expect(movedSince(plan, 'alpha', { volume: 'sha256:9', drbd: 'sha256:2' })[0]?.detail).toBe(
      'On alpha, what the plan rests on is no longer as it was seen: volume. Nothing was touched.',
    );
    expect(movedSince(plan, 'alpha', { volume: 'sha256:1' })).toHaveLength(1);
  });
});

describe('digests', () => {
  it('do not depend on the order of keys, and differ when the data do', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const turned = Object.fromEntries(Object.entries(data).toReversed());
        expect(digest(turned)).toBe(digest(data));
        expect(digest({ ...data, 'one more': 1, two: { more: data } })).not.toBe(digest(data));
      }),
    );
  });

  it('refuse what JSON would lose', () => {
    expect(() => canonical({ a: new Map() })).toThrow(/Map/);
  });
});
