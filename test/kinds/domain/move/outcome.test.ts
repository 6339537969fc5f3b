/** The outcome table of the safety handbook (3.2), row by row, its preconditions, and everything beside it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Copy, isLive } from '../../../../src/kinds/domain/copies.ts';
import type { Domain } from '../../../../src/kinds/domain/facts.ts';
import { isStopped, type Outcome, outcome, type View } from '../../../../src/kinds/domain/move/outcome.ts';
import { compactSite } from '../../compact.ts';
import { web } from '../world.ts';

const site = compactSite({ nodes: ['alpha', 'bravo', 'charlie'], vms: { web: {} } });
const vm = site.vms['web'] ?? never();

/** `X` as it is called, and its state as `xl list -v` prints it. */
function copy(node: string, words: string, more: Partial<Domain> = {}): Copy {
  const [suffix = '', state = ''] = words.split(' ');
  const name = { X: 'web', 'X--incoming': 'web--incoming', 'X--migratedaway': 'web--migratedaway' }[suffix] ?? suffix;
  const domain = { ...web, id: node === 'alpha' ? 3 : 7, name, state, ...more };
  return { node, domain, live: isLive(domain) };
}

function seen(ends: Readonly<Record<string, string>>, more: Partial<View> = {}): Outcome {
  const copies = Object.entries(ends).flatMap(([node, words]) => (words === 'nothing' ? [] : [copy(node, words)]));
  const known = { copies, unread: [], movers: [], possible: ['alpha', 'bravo'], good: ['alpha', 'bravo'], ...more };
  return outcome(vm, known);
}

const live = ['X r-----', 'X -b----', 'X ------'];
const stopped = ['--p---', '---ss-', '--pss-', '---s--'];

/** Source, target, row. As the table has them; each state as it was seen, or as xl prints it. */
const rows: readonly (readonly [source: string, target: string, row: Outcome['row']])[] = [
  ...live.map((target) => ['nothing', target, 'M1/M2'] as const),
  ...live.map((source) => [source, 'nothing', 'M1/M2'] as const),
  ...live.flatMap((source) => stopped.map((state) => [source, `X--incoming ${state}`, 'M3'] as const)),
  ...live.flatMap((target) => stopped.map((state) => [`X--migratedaway ${state}`, target, 'M4'] as const)),
  ...stopped.map((state) => [`X--migratedaway ${state}`, 'nothing', 'M5'] as const),
  ...stopped.map((state) => [`X--migratedaway ---ss-`, `X ${state}`, 'M5'] as const),
  ...stopped.map((state) => [`X--migratedaway --pss-`, `X--incoming ${state}`, 'M5'] as const),
  ...live.flatMap((source) => live.map((target) => [source, target, 'M6'] as const)),
  ...stopped.map((state) => [`X ${state}`, 'nothing', 'M7'] as const),
  ...stopped.map((state) => [`X ${state}`, 'X--incoming --p---', 'M7'] as const),
  ...stopped.map((state) => [`X ${state}`, 'X -b----', 'M7'] as const),
  ...stopped.map((state) => [`X ${state}`, 'X --p---', 'M7'] as const),
  ...stopped.map((state) => [`X ${state}`, 'X--incoming -b----', 'M7'] as const),
  ['nothing', 'nothing', 'M8'],
  // Any other pair.
  ['nothing', 'X--incoming --p---', 'M5'],
  ['nothing', 'X--incoming -b----', 'M9'],
  ['X--migratedaway -b----', 'nothing', 'M9'],
  ['X--migratedaway -b----', 'X -b----', 'M9'],
  ['X -b----', 'X--incoming -b----', 'M9'],
  ['X--incoming --p---', 'X--incoming --p---', 'M9'],
  ['X ---sc-', 'nothing', 'M9'],

  ['X--migratedaway --psc-', 'X -b----', 'M9'],
  // Dying is as good as gone: seen as `(null)` on a source under load, after a move that succeeded.
  ['(null) --pssd', 'X -b----', 'M1/M2'],
  ['X -b----', 'X--incoming --p--d', 'M1/M2'],
  ['X -----d', 'nothing', 'M8'],
  ['X--migratedaway --pssd', 'X--incoming --p---', 'M5'],
];

describe('the table', () => {
  test.each(rows)('%s | %s: %s', (source, target, row) => {
    expect(seen({ alpha: source, bravo: target }).row).toBe(row);
    // Which of two nodes was the source, nobody need tell.
    expect(seen({ alpha: target, bravo: source }).row).toBe(row);
  });

  test('M1, M2: where it is', () => {
    expect(seen({ alpha: 'nothing', bravo: 'X -b----' })).toMatchObject({ at: { node: 'bravo' } });
    expect(seen({ alpha: 'X -b----', bravo: 'nothing' })).toMatchObject({ at: { node: 'alpha' } });
  });

  test('M3: the remnant is the one on its way in', () => {
    const found = seen({ alpha: 'X -b----', bravo: 'X--incoming --p---' });
    expect(found).toMatchObject({ at: { node: 'alpha' }, remnant: { node: 'bravo', domain: { id: 7 } } });
  });

  test('M3: a receiver that was killed leaves one without configuration (seen); nobody else may lack it (X10)', () => {
    const incoming = copy('bravo', 'X--incoming --p---', { disks: undefined });
    const at = (one: Copy): Outcome['row'] => seen({}, { copies: [copy('alpha', 'X -b----'), one] }).row;
    expect(at(incoming)).toBe('M3');
    expect(at(copy('bravo', 'X--incoming -b----', { disks: undefined }))).toBe('M9');
    expect(at(copy('bravo', 'X--migratedaway --p---', { disks: undefined }))).toBe('M9');
    const hidden = copy('alpha', 'X -b----', { disks: undefined });
    expect(seen({}, { copies: [hidden, incoming] }).row).toBe('M9');
  });

  test('M4 wants its disks Primary and UpToDate where it runs', () => {
    const ends = { alpha: 'X--migratedaway --pss-', bravo: 'X -b----' };
    expect(seen(ends)).toMatchObject({ at: { node: 'bravo' }, remnant: { node: 'alpha' } });
    expect(seen(ends, { good: ['alpha'] }).row).toBe('M9');
    expect(seen(ends, { good: [] }).row).toBe('M9');
  });
});

describe('M9', () => {
  test('while somebody moves a guest, nothing is known: two lists are never of one moment', () => {
    for (const [source, target] of rows)
      expect(seen({ alpha: source, bravo: target }, { movers: ['alpha: 77 xl migrate'] })).toEqual({
        row: 'M9',
        why: ['alpha: 77 xl migrate'],
      });
  });

  test('a list that cannot be read; but two that are seen live are told all the same', () => {
    for (const [source, target, row] of rows)
      expect(seen({ alpha: source, bravo: target }, { unread: ['charlie did not answer'] }).row).toBe(
        row === 'M6' ? 'M6' : 'M9',
      );
  });

  test('a guest on a third host', () => {
    expect(seen({ charlie: 'X -b----' }).row).toBe('M9');
    expect(seen({ alpha: 'X -b----', charlie: 'X--incoming --p---' }).row).toBe('M9');
    expect(seen({ alpha: 'X -b----', bravo: 'X--incoming --p---', charlie: 'X--migratedaway --p---' }).row).toBe('M9');
    expect(seen({ alpha: 'X -b----', charlie: 'X -b----' }).row).toBe('M6');
  });

  test('two of them on one node', () => {
    const copies = [copy('alpha', 'X -b----'), copy('alpha', 'X--incoming --p---')];
    expect(seen({}, { copies }).row).toBe('M9');
  });

  test('identity is the uuid: somebody else with its name, or it under a name that no move gives', () => {
    const other = '6f3c1a52-0000-4000-8000-0000000000aa';
    for (const words of ['X -b----', 'X--incoming --p---', 'X--migratedaway --p---'])
      expect(seen({}, { copies: [copy('bravo', words, { uuid: other })] }).row, words).toBe('M9');
    expect(
      seen({}, { copies: [copy('alpha', 'X -b----'), copy('bravo', 'X--incoming --p---', { uuid: other })] }).row,
    ).toBe('M9');
    expect(seen({}, { copies: [copy('alpha', 'saved -b----')] }).row).toBe('M9');
  });
});

test('only one live guest under its own name and uuid, and at most a stopped remnant, is ever certain', () => {
  const names = fc.constantFrom('X', 'X--incoming', 'X--migratedaway', 'strange');
  const states = fc.constantFrom(
    'r-----',
    '-b----',
    '--p---',
    '---s--',
    '---ss-',
    '--pss-',
    '---sc-',
    '-----d',
    '---sr-',
  );
  const one = fc
    .tuple(fc.constantFrom('alpha', 'bravo', 'charlie'), names, states, fc.boolean())
    .map(([node, name, state, own]) =>
      copy(node, `${name} ${state}`, own ? {} : { uuid: '6f3c1a52-0000-4000-8000-0000000000aa' }),
    );
  fc.assert(
    fc.property(fc.array(one, { maxLength: 4 }), (copies) => {
      const found = seen({}, { copies });
      if (!('at' in found)) return;
      const living = copies.filter(({ domain }) => !domain.state.endsWith('d'));
      const lives = living.filter((each) => each.live);
      expect(lives).toEqual([found.at]);
      expect(found.at.domain).toMatchObject({ name: 'web', uuid: vm.uuid });
      const rest = living.filter((each) => each !== found.at);
      expect(rest).toEqual('remnant' in found ? [found.remnant] : []);
      for (const { domain } of rest) expect([isStopped(domain.state), domain.uuid]).toEqual([true, vm.uuid]);
    }),
    { numRuns: 2000 },
  );
});

function never(): never {
  throw new Error('there is no web');
}
