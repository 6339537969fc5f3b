import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Expectation } from '../../src/shell/command.ts';
import { expectationWords, holds, holdsText } from '../../src/shell/expect.ts';
import { quote } from '../../src/shell/quote.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '\n', '\t', '1', '.', '%', '\\', "'", '-'),
  maxLength: 12,
});
const pattern = fc.constantFrom('a', '^a', 'b$', 'a+b', '^$', '.', 'a|1', '[ab]1', '^ *a', '(ab)+', '-', '^-', '%');
const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc.record({ exit: fc.constantFrom(0, 1, 5) }),
  fc.record({ stdout: text }),
  fc.record({ matches: pattern }),
  fc.record({ lacks: pattern }),
);
const answer = fc.record({ code: fc.constantFrom(0, 1, 5), stdout: text });

test('the shell and TypeScript mean the same by an expectation', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(expectation, answer), { minLength: 1, maxLength: 60 }), (cases) => {
      const asked = cases.map(([want, { code, stdout }]) => {
        // As the batch does: command substitution takes the newlines at the end away.
        return `_answer=$(printf %s ${quote(stdout)}) _code=${code}\n_holds ${expectationWords(want)} && echo yes || echo no`;
      });
      const said = execFileSync('/bin/sh', ['-c', holdsText + asked.join('\n')], { encoding: 'utf8' })
        .trim()
        .split('\n');
      expect(said).toEqual(cases.map(([want, given]) => (holds(want, given) ? 'yes' : 'no')));
    }),
    { numRuns: 15 },
  );
});

test('an answer that failed proves nothing, whatever it printed', () => {
  for (const want of [{ stdout: '' }, { matches: '' }, { lacks: 'x' }] as const) {
    expect(holds(want, { code: 1, stdout: '' })).toBe(false);
  }
  expect(holds({ exit: 1 }, { code: 1, stdout: 'anything' })).toBe(true);
});

test('a pattern that grep cannot read proves neither presence nor absence', () => {
  const ask = (kind: string): string =>
    execFileSync(
      '/bin/sh',
      ['-c', `${holdsText}_answer=x _code=0\n_holds ${kind} '[' 2>/dev/null && echo yes || echo no`],
      { encoding: 'utf8' },
    );
  expect([ask('matches'), ask('lacks')]).toEqual(['no\n', 'no\n']);
});
