import { expect, test } from 'vitest';
import { error, note, warning } from '../../src/diagnostic.ts';
import { diagnosticsText, diagnosticText } from '../../src/view/diagnostics.ts';
import { noPaint } from '../../src/view/paint.ts';
import { expectGolden } from '../golden.ts';

const page = { paint: noPaint, columns: 80 };

const failedStep = error(
  'step/failed',
  'Command failed',
  [
    'volume/web-root@alpha#create: create logical volume vg0/web-root (1 GiB)',
    '$ lvcreate --wipesignatures y --zero y --name web-root --size 1073741824b vg0',
    'exit 5: Volume group "vg0" has insufficient free space (63 extents): 256 required.',
    '6 steps on alpha and bravo were not reached because they need this one. Nothing else was changed.',
  ].join('\n'),
  { help: '`sanctl facts alpha --only volumeGroup` shows the free space.' },
);

const placed = error('inventory/unknown-key', 'Unknown key', 'A volume has no key `replica`.', {
  at: { file: 'inventory.yaml', line: 17, column: 5, text: '    replica: [alpha, bravo]', length: 7 },
  help: 'Did you mean `replicas`?',
});

test('the layout of messages', () => {
  const long = warning('x/long', 'A long detail', 'word '.repeat(40).trim(), { help: 'helping '.repeat(20).trim() });
  const far = error('x/far', 'Far to the right', 'A long line is cut around what is meant.', {
    at: { file: 'a.yaml', line: 3, column: 201, text: `${'a'.repeat(200)}HERE${'b'.repeat(200)}`, length: 4 },
  });
  const tabs = error('x/tabs', 'With a tab', 'The caret stands under what is meant.', {
    at: { file: 'a.yaml', line: 3, column: 4, text: '\ta: b', length: 1 },
  });
  const end = note('x/end', 'At the end of a line', 'Something is missing there.', {
    at: { file: 'a.yaml', line: 9, column: 5, text: 'key:' },
  });
  const bare = note('x/bare', 'Only a place', 'The text of the line is not known.', {
    at: { file: 'a.yaml', line: 9, column: 5 },
  });
  expectGolden('diagnostics.txt', diagnosticsText([failedStep, placed, long, far, tabs, end, bare], page));
});

test('as in the design, with the code at the right side', () => {
  const [first] = diagnosticText(failedStep, page).split('\n');
  expect(first).toBe(`error: Command failed${' '.repeat(80 - 21 - 13)}[step/failed]`);
});

test('the caret stands under the text that is meant', () => {
  const lines = diagnosticText(placed, page).split('\n');
  const text = lines.find((line) => line.includes('replica:')) ?? '';
  const caret = lines.find((line) => line.includes('^')) ?? '';
  expect(caret.indexOf('^')).toBe(text.indexOf('replica:'));
  expect(caret.trim().replaceAll(/[| ]/g, '')).toBe('^^^^^^^');
});

test('errors come last, and nothing hostile gets through in any field', () => {
  const evil = '\u001b]0;x\u0007\u009b2J\u202ey';
  const all = diagnosticsText(
    [
      error(evil, evil, evil, { help: evil, at: { file: evil, line: 1, column: 2, text: evil, length: 2 } }),
      note('a/b', 'First', 'x'),
    ],
    page,
  );
  expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(all.indexOf('note: First')).toBe(0);
});

test('of very many errors the first ones are shown, and how many more there are', () => {
  const many = Array.from({ length: 33 }, (_, at) => error('a/b', 'Wrong', `number ${at}`));
  const text = diagnosticsText([...many, warning('a/c', 'Strange', 'once')], { paint: noPaint, columns: 80 });
  expect(text.match(/^error:/gm)?.length).toBe(30);
  expect(text).toMatch(/number 29\n\n3 more errors; `--json` prints all\.\n$/);
});
