import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLine, quote } from '../../src/shell/quote.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '`',
      '\n',
      '\t',
      ' ',
      '!',
      '*',
      '~',
      '#',
      '-',
      '=',
      ';',
      '\x01',
      '\x1b',
      'a',
    ),
  }),
  fc.constantFrom(
    '',
    '-',
    '--',
    '-n',
    "'",
    "''",
    '$(id)',
    '`id`',
    'a=b',
    '=',
    '~',
    '{a,b}',
    '\n',
    'ä€😀',
    '%s',
    '\\n',
    '!!',
  ),
);
const word = hostile.map((text) => text.replaceAll('\0', ''));

for (const shell of ['/bin/sh', '/bin/bash']) {
  test(`${shell} reads every quoted word back as it was`, () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const script = words.map((one) => `printf '%s\\0' ${quote(one)}`).join('\n');
        expect(read(shell, script)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  test(`${shell} reads a command line back as its arguments`, () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        expect(read(shell, commandLine(['printf', '%s\\0', ...words, 'end']))).toEqual([...words, 'end']);
      }),
      { numRuns: 40 },
    );
  });
}

test('a first word with = is a program, not an assignment', () => {
  expect(commandLine(['a=b', 'c'])).toBe("'a=b' c");
  expect(() => execFileSync('/bin/sh', ['-c', commandLine(['a=b'])], { stdio: 'pipe' })).toThrow(/not found/);
});

test('NUL is refused', () => {
  expect(() => quote('a\0b')).toThrow(/NUL/);
});

function read(shell: string, script: string): string[] {
  return execFileSync(shell, ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}
