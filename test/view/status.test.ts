/** A screen that is too small, and one that is drawn in place. */
import { describe, expect, test } from 'vitest';
import { warning } from '../../src/diagnostic.ts';
import type { Ground } from '../../src/health/ground.ts';
import type { Level, Row } from '../../src/kinds/health.ts';
import { frame } from '../../src/view/repaint.ts';
import { statusText } from '../../src/view/status.ts';

const page = { columns: 80, paint: (_style: unknown, text: string) => text } as Parameters<typeof statusText>[2];

function volume(name: string, level: Level): Row {
  return { section: 'volume', name, nodes: ['alpha'], level, state: level, detail: ['alpha'], figures: [] };
}

function site(fine: number, weak: number, findings = 0): Ground {
  const rows = [
    ...Array.from({ length: weak }, (_, at) => volume(`weak-${at}`, 'weak')),
    ...Array.from({ length: fine }, (_, at) => volume(`fine-${at}`, 'fine')),
  ];
  const found = Array.from({ length: findings }, (_, at) => warning('a/b', 'Something', `number ${at}`));
  return { rows, findings: found, level: 'weak' };
}

describe('what does not fit', () => {
  test('what is fine goes first, and is counted', () => {
    const text = statusText('home', site(40, 2), page, 20);
    expect(text.split('\n').length).toBeLessThanOrEqual(21);
    expect(text).toContain('~  volume  weak-1');
    expect(text).not.toContain('fine-1');
    expect(text).toContain('and 40 things that are fine');
  });

  test('then the rest is cut, and said to be', () => {
    const text = statusText('home', site(0, 40), page, 10);
    expect(text.trimEnd().split('\n')).toHaveLength(10);
    expect(text).toMatch(/and \d+ more lines\n$/);
  });

  test('of many findings three are shown', () => {
    const text = statusText('home', site(1, 1, 5), page);
    expect(text.match(/warning: Something/g)).toHaveLength(3);
    expect(text).toContain('2 more; `sanctl verify` prints all.');
  });
});

test('what a node calls itself cannot act on the terminal', () => {
  const evil = { ...volume('x', 'weak'), name: '\u001b[2Jx', state: 'a\nb' };
  const text = statusText('ho\u001bme', { rows: [evil], findings: [], level: 'weak' }, page);
  expect(text).not.toContain('\u001b');
  expect(text).toContain('a\\nb');
});

test('a frame is drawn over the one before: from the corner, each line to its end, nothing below', () => {
  expect(frame('one\ntwo\n')).toBe('\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J');
});
