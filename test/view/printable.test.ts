import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines } from '../../src/view/printable.ts';

/** Said anew, not by the pattern under test: categories Cc, Cf (but the soft hyphen and such that do nothing), Cs, Zl, Zp. */
const acts = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u061c]/u;

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({
    unit: fc.constantFrom('\u001b', '[', '2', 'J', '\r', '\n', '\u009b', '\u202e', '\u0000', 'a', '\ud800'),
  }),
);

test('nothing that is printed can act on a terminal', () => {
  fc.assert(
    fc.property(anyText, (text) => !acts.test(printable(text))),
    { numRuns: 2000 },
  );
});

test('harmless text stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'aZ09 _-/.@#:"\'$ü漢😀') }), (text) => printable(text) === text),
  );
});

test('printing twice is printing once', () => {
  fc.assert(fc.property(anyText, (text) => printable(printable(text)) === printable(text)));
});

test('what was there can be seen', () => {
  expect(printable('a\nb\tc\r\u001b[2J\u007f\u202e\ud800')).toBe('a\\nb\\tc\\r\\u{1b}[2J\\u{7f}\\u{202e}\\u{d800}');
  expect(printableLines('a\r\nb\u0007\n\n')).toEqual(['a', 'b\\u{7}', '']);
  expect(printableLines('')).toEqual(['']);
});
