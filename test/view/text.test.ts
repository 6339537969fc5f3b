import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { noPaint, paintFor } from '../../src/view/paint.ts';
import { tableText } from '../../src/view/table.ts';
import { meanwhile } from '../../src/view/waiting.ts';
import { count, list, wrap } from '../../src/view/wrap.ts';

test('wrapping keeps every word, and only a word alone is wider than the page', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 30 }), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 5, max: 40 }), (texts, width) => {
      const lines = wrap(texts.join(' '), width);
      expect(lines.join(' ')).toBe(texts.join(' '));
      for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
    }),
  );
});

test('numbers and lists read as sentences do', () => {
  expect([count(1, 'step'), count(0, 'step'), count(2, 'copy', 'copies')]).toEqual(['1 step', '0 steps', '2 copies']);
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c']);
});

test('colours only on a terminal that has them, and NO_COLOR is honoured', () => {
  const depth = (env?: object) => (env !== undefined && 'NO_COLOR' in env ? 1 : 8);
  expect(paintFor({ isTTY: true, getColorDepth: depth }, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(paintFor({ isTTY: true, getColorDepth: depth }, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(paintFor({ getColorDepth: depth }, {})('red', 'x')).toBe('x');
});

test('a table fits the page: its last column wraps', () => {
  const page = { paint: noPaint, columns: 40 };
  const text = tableText(
    ['node', 'what'],
    [
      ['alpha', 'one two three four five six seven eight nine'],
      ['b', '\u001b[2J'],
    ],
    page,
  );
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  expect(text).toBe(
    ['node   what', 'alpha  one two three four five six seven', '       eight nine', 'b      \\u{1b}[2J', ''].join(
      '\n',
    ),
  );
  expect(tableText(['a'], [], page)).toBe('');
});

test('what is waited for is said on a terminal only, and taken away', async () => {
  const written: string[] = [];
  const terminal = { isTTY: true, columns: 30, write: (text: string) => written.push(text) };
  let finish: (value: string) => void = () => undefined;
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  vi.useFakeTimers();
  const told = meanwhile(terminal, `asking 2 nodes \u001b ${'x'.repeat(40)}`, work);
  await vi.advanceTimersByTimeAsync(1000);
  finish('answer');
  expect(await told).toBe('answer');
  expect(written).toEqual(['… asking 2 nodes \\u{1b} xxxxx', '\r\u001b[K']);
  expect(await meanwhile({ write: (text) => written.push(text) }, 'nothing', Promise.resolve(1))).toBe(1);
  expect(written.length).toBe(2);
  vi.useRealTimers();
});
