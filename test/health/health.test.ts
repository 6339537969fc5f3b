/** What is told from two looks, and that every kind has its codes. */
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostic.ts';
import { changes } from '../../src/health/changes.ts';
import { driftOf } from '../../src/health/drift.ts';
import { isMoving, withRates } from '../../src/health/rates.ts';
import { undeclaredFinding } from '../../src/health/undeclared.ts';
import { figure, type Row } from '../../src/kinds/health.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { run } from '../../src/shell/command.ts';

const mebibyte = 2 ** 20;

function mirror(state: string, left: number, level: Row['level'] = 'busy'): Row {
  const figures = ['alpha', 'bravo'].map((node) => figure('mirror_out_of_sync_bytes', left, node));
  return { section: 'mirror', name: 'web', nodes: ['alpha', 'bravo'], level, state, detail: ['more'], figures };
}

test('every kind has a code for what differs, and for what is not declared where it looks for that', () => {
  for (const { name, undeclared } of kinds) {
    const thing = { kind: name, name: 'x', nodes: ['alpha'], want: {}, needs: [] };
    const step = {
      node: 'alpha',
      verb: 'go',
      title: 'do it',
      danger: 'none',
      guards: [],
      actions: [run('true')],
    } as const;
    expect(driftOf([{ thing, steps: [step], diagnostics: [] }])).toMatchObject([
      { code: expect.stringMatching(/^drift\/[a-z-]+$/), detail: `${name}/x: a plan would, on alpha: do it.` },
    ]);
    if (undeclared !== undefined)
      expect(undeclaredFinding({ kind: name, name: 'x', node: 'alpha', detail: 'why' })).toMatchObject({
        code: expect.stringMatching(/^undeclared\/[a-z-]+$/),
      });
  }
});

test('a step that only asks is no drift', () => {
  const thing = { kind: 'domain', name: 'web', nodes: ['bravo'], want: {}, needs: [] };
  const wait = { do: 'wait', what: 'it is not there' } as never;
  const step = { node: 'bravo', verb: 'absent', title: 'look', danger: 'none', guards: [], actions: [wait] } as const;
  expect(driftOf([{ thing, steps: [step], diagnostics: [] }])).toEqual([]);
});

describe('rates', () => {
  const before = { seconds: 10, rows: [mirror('resync 50 %', 64 * mebibyte)] };
  test.each([
    ['goes on', 14, 32 * mebibyte, ['8 MiB/s', '4 s left', 'more']],
    ['stands still', 14, 64 * mebibyte, ['more']],
    ['grows: the guest writes faster than it is copied', 14, 80 * mebibyte, ['more']],
    ['is over', 14, 0, ['more']],
    ['was seen at the same moment', 10, 32 * mebibyte, ['more']],
  ])('a resync that %s', (_, seconds, left, detail) => {
    expect(withRates(before, { seconds, rows: [mirror('resync 75 %', left)] })).toMatchObject([{ detail }]);
  });

  test('only a resync is worth a second look', () => {
    expect(isMoving(before.rows)).toBe(true);
    expect(isMoving([mirror('not connected', mebibyte)])).toBe(false);
    expect(isMoving([mirror('UpToDate', 0)])).toBe(false);
  });
});

describe('changes', () => {
  const finding: Diagnostic = { severity: 'note', code: 'drbd/syncing', summary: '', detail: 'drbd/web copies 12 MiB' };
  const seen = (rows: readonly Row[], findings: readonly Diagnostic[] = []) => ({ rows, findings });
  const words = (list: ReturnType<typeof changes>) =>
    list.map((one) => ('row' in one ? `${one.is} ${one.row.state}` : one.is));

  test('at first, all that is not fine', () => {
    expect(
      words(changes(undefined, seen([mirror('UpToDate', 0, 'fine'), mirror('StandAlone', 0, 'broken')], [finding]))),
    ).toEqual(['found', 'row StandAlone']);
  });

  test('how far something has come is none', () => {
    const later = { ...finding, detail: 'drbd/web copies 4 MiB' };
    expect(changes(seen([mirror('resync 50 %', 9)], [finding]), seen([mirror('resync 60 %', 5)], [later]))).toEqual([]);
  });

  test('another state, something new, something gone', () => {
    const other = { ...mirror('UpToDate', 0, 'fine'), name: 'db' };
    expect(
      words(changes(seen([mirror('resync 50 %', 9)], [finding]), seen([mirror('UpToDate', 0, 'fine'), other]))),
    ).toEqual(['over', 'row UpToDate', 'row UpToDate']);
    expect(words(changes(seen([other]), seen([])))).toEqual(['gone UpToDate']);
  });
});
