/** What `sanctl why` prints: what nodes said cannot act on a terminal, and commands are those of this run. */
import { expect, test } from 'vitest';
import { noPaint } from '../../src/view/paint.ts';
import { explanationText } from '../../src/view/why.ts';
import { cause, finding, here, on, state, way } from '../../src/why/cause.ts';

const page = { paint: noPaint, columns: 60 };
const about = { kind: 'volume', name: 'web-root' } as const;
const named = (text: string): string => text.replace('sanctl ', 'sanctl -i site.yaml ');

test('the best proven first; what was read stands whole; the same line is said once', () => {
  const line = `[ 1.0] drbd web-root: ${'x'.repeat(80)}`;
  const evidence = { node: 'alpha', source: 'kernel log', line };
  const causes = [
    cause('firewalled', 'possible', { detail: 'It may be.' }),
    cause('network-cut', 'proven', {
      detail: 'It is cut, which is said in a sentence that is longer than a line of this page.',
      evidence: [evidence, evidence],
      ways: [way('To mend it', on('bravo', 'ip link'), here('sanctl apply')), way('Or wait')],
    }),
  ];
  expect(
    explanationText('volume/web-root', [finding(state('waiting', about, ['alpha', 'bravo']), causes)], named, page),
  ).toBe(
    `volume/web-root on alpha and bravo: waits for its peer

  1. proven: The network between the two is cut  [network-cut]
     It is cut, which is said in a sentence that is longer
     than a line of this page.
     alpha  kernel log: ${line}
     To mend it:
       bravo$ ip link
       $ sanctl -i site.yaml apply
     Or wait.

  2. possible: The network drops what goes to its port  [firewalled]
     It may be.
`,
  );
});

test('a hostile line of a kernel, of a journal, of a process', () => {
  const evidence = [{ node: 'alpha', source: 'ss', line: '\u001b]0;owned\u0007\u202e"evil\nnext' }];
  const causes = [
    cause('port-taken', 'proven', { detail: 'a\u001b[2Jb', evidence, ways: [way('x', on('alpha', 'a\u0007'))] }),
  ];
  const text = explanationText('volume/web-root', [finding(state('waiting', about, ['alpha']), causes)], named, page);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(text).toContain('\\u{1b}]0;owned\\u{7}\\u{202e}"evil\\nnext');
});
