/** Every case of every kind; cases.ts says how one is written. */
import { describe, expect, test } from 'vitest';
import { caseFolders, casesIn, type ExpectedStep, healthOf, play, shown } from './cases.ts';

describe.each(caseFolders())('%s', (folder) => {
  const cases = casesIn(folder);
  test.each(cases.map((one) => [`${one.file}: ${one.about}`, one] as const))('%s', (_, one) => {
    const outcome = play(one);
    const codes = (errors: boolean) =>
      outcome.diagnostics.filter(({ severity }) => (severity === 'error') === errors).map(({ code }) => code);
    expect(codes(true).sort()).toEqual([...(one.refused ?? [])].sort());
    expect(codes(false).sort()).toEqual([...(one.warned ?? [])].sort());
    const said = outcome.diagnostics.map(({ summary, detail, help }) => `${summary}: ${detail} ${help}`).join('\n');
    for (const words of one.says ?? []) expect(said).toContain(words);
    if (one.steps !== undefined) {
      const expected = one.steps;
      expect(outcome.steps.map((step, at) => asAsked(shown(step, one.brief), expected[at]))).toEqual(expected);
    }
    if (one.undeclared !== undefined) expect(outcome.undeclared).toEqual(one.undeclared);
    const health = one.rows === undefined && one.findings === undefined ? undefined : healthOf(folder, one);
    if (one.rows !== undefined) expect(health?.rows).toEqual(one.rows);
    if (one.findings !== undefined) expect(health?.findings.map(({ code }) => code)).toEqual(one.findings);
    const expects = one.steps ?? one.refused ?? one.undeclared ?? one.rows ?? one.findings;
    expect(expects, 'a case must expect something').toBeDefined();
  });
});

/** Only those parts of a step that the case speaks about. */
function asAsked(step: Required<ExpectedStep>, expected: ExpectedStep | undefined): Partial<ExpectedStep> {
  const keys = Object.keys(expected ?? step) as (keyof ExpectedStep)[];
  return Object.fromEntries(keys.map((key) => [key, step[key]]));
}
