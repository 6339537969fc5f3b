import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { actionLines } from '../../src/shell/text.ts';
import type { Step } from '../../src/step.ts';
import { noPaint, paintFor } from '../../src/view/paint.ts';
import { planText } from '../../src/view/plan.ts';
import { expectGolden } from '../golden.ts';
import { plan, steps } from './sample.ts';

const narrow = { paint: noPaint, columns: 80 };

test('a plan with one of everything, at 80 and at 120 columns', () => {
  expectGolden('plan-80.txt', planText(plan, narrow));
  expectGolden('plan-120.txt', planText(plan, { ...narrow, columns: 120 }));
});

test('every line of every action is in it, as it is sent', () => {
  const text = planText(plan, narrow);
  for (const line of steps.flatMap((step) => step.actions).flatMap(actionLines)) expect(text).toContain(line);
});

test('no line but a command is wider than the page', () => {
  const wide = planText(plan, narrow)
    .split('\n')
    .filter((line) => line.length > 80);
  expect(wide.filter((line) => !/^ {4}(\$ |@|[+~!?-] )/.test(line))).toEqual([]);
});

test('colours change nothing but colours', () => {
  const paint = paintFor({ isTTY: true, getColorDepth: () => 8 }, {});
  const painted = planText(plan, { paint, columns: 80 });
  expect(painted).toContain('\u001b[');
  expect(stripVTControlCharacters(painted)).toBe(planText(plan, narrow));
});

test('secrets show as such, in files too', () => {
  expect(planText(plan, narrow)).toContain('shared-secret "(secret)";');
});

test('nothing to do is said with what was looked at', () => {
  expect(planText({ ...plan, steps: [], undeclared: [], diagnostics: [] }, narrow)).toBe(
    'Nothing to do: 12 things on 2 nodes are as wished.\n',
  );
  const less = {
    ...plan,
    steps: [],
    undeclared: [],
    diagnostics: [],
    things: 1,
    options: { ...plan.options, without: ['bravo'] },
  };
  expect(planText(less, narrow)).toBe(
    'Nothing to do: 1 thing on 1 node is as wished.\nWithout bravo and all that depends on it.\n',
  );
});

test('an offline plan and one without a node say so', () => {
  const text = planText({ ...plan, offline: true, options: { ...plan.options, without: ['charlie'] } }, narrow);
  expect(text).toContain('Made offline, for blank nodes: what is really there was not looked at.');
  expect(text).toContain('Without charlie and all that depends on it.');
});

test('hostile text cannot repaint the terminal, nor fake a line', () => {
  const evil = 'x\u001b[2J\u202e\r\nNothing to do';
  const [first] = steps;
  if (first === undefined) throw new Error('no step');
  const text = planText(
    {
      ...plan,
      steps: [
        {
          ...first,
          title: evil,
          reason: evil,
          destroys: evil,
          guards: [{ ask: { argv: ['a'] }, expect: { exit: 0 }, proves: evil }],
          actions: [{ do: 'run', command: { argv: ['echo', evil] } }],
        },
      ],
      undeclared: [{ kind: 'volume', name: evil, node: 'alpha', detail: evil }],
    },
    narrow,
  );
  expect(text).not.toMatch(/[\u001b\u202e\r]/);
  expect(text).not.toMatch(/^Nothing to do/m);
});

test('a need that another one implies goes without saying', () => {
  const made = (id: string, needs: readonly string[]): Step => {
    const node = id.includes('@alpha') ? 'alpha' : 'bravo';
    return { id, node, needs, title: id, danger: 'none', guards: [], actions: [] };
  };
  const chain = [
    made('a/x@bravo#one', []),
    made('a/x@bravo#two', ['a/x@bravo#one']),
    made('b/y@alpha#three', ['a/x@bravo#one', 'a/x@bravo#two']),
  ];
  const after = planText({ ...plan, steps: chain }, narrow).match(/^ +after .*$/gm);
  expect(after).toEqual(['    after a/x@bravo#two']);
});
