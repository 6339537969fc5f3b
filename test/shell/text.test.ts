import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action, Argv, Guard } from '../../src/shell/command.ts';
import { nodeLayout } from '../../src/shell/layout.ts';
import { commandLine } from '../../src/shell/quote.ts';
import { batchText } from '../../src/shell/steps.ts';
import { actionLines, guardLine } from '../../src/shell/text.ts';
import { batchOf } from './node.ts';

const word = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '$', '\n', ' ', 'a', 'b', '=', '-', '/'),
  maxLength: 8,
});
const argv = fc
  .tuple(fc.constantFrom('lvcreate', 'a=b', 'x y'), fc.array(word, { maxLength: 5 }))
  .map(([program, rest]): Argv => [program, ...rest]);
const action: fc.Arbitrary<Action> = fc.oneof(
  argv.map((one): Action => ({ do: 'run', command: { argv: one } })),
  argv.map(
    (one): Action => ({
      do: 'wait',
      what: 'w',
      command: { argv: one },
      until: { exit: 0 },
      timeoutSeconds: 5,
      everySeconds: 1,
    }),
  ),
  argv.map(
    (one): Action => ({
      do: 'write',
      path: '/etc/x',
      content: ['x'],
      mode: '0600',
      before: null,
      check: [...one, '{}'] as unknown as Argv,
    }),
  ),
);
const guard = argv.map((one): Guard => ({ ask: { argv: one }, expect: { exit: 0 }, proves: 'p' }));

/** The command lines that a plan shows for a step, in order. */
function shown(guards: readonly Guard[], actions: readonly Action[]): string[] {
  return [
    ...guards.map((one) => guardLine(one).slice(0, -': exit 0 (p)'.length)),
    ...actions.map((one) => actionLines(one)[one.do === 'run' ? 0 : 1] ?? ''),
  ];
}

test('every command of a plan stands in the script of the node as it is shown, in the same order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(guard, { maxLength: 2 }), fc.array(action, { maxLength: 3 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (steps) => {
        const script = batchText(batchOf(steps.map(([guards, actions]) => ({ guards, actions }))), nodeLayout);
        let at = script.indexOf('\n_begin 1 ');
        for (const line of steps.flatMap(([guards, actions]) => shown(guards, actions))) {
          const next = script.indexOf(`\n${line}\n`, at);
          expect(next, line).toBeGreaterThanOrEqual(at);
          at = next + line.length + 1;
        }
        const commands = steps.flatMap(([guards, actions]) => [...guards, ...actions]).length;
        const starts = script.slice(script.indexOf('\n_begin 1 ')).match(/^(_guard|_run|_wait|_write) [0-9]/gm) ?? [];
        expect(starts.length).toBeLessThanOrEqual(commands);
      },
    ),
  );
});

test('what a plan shows of each action', () => {
  expect(
    actionLines({
      do: 'run',
      command: { argv: ['lvcreate', '--name', 'a b'], stdin: { secret: 's' } },
      accept: [0, 5],
    }),
  ).toEqual(["lvcreate --name 'a b'", '  with the secret s as its input', '  succeeds with exit status 0 or 5']);
  expect(actionLines({ do: 'run', command: { argv: ['cat'], stdin: 'a\nb' } })).toEqual(['cat', '  < a', '  < b']);
  expect(
    actionLines({
      do: 'write',
      path: '/etc/x',
      content: ['a\n', { secret: 's' }, '\n'],
      mode: '0600',
      before: null,
      check: ['drbdadm', '-c', '{}', 'dump'],
    }),
  ).toEqual(['write /etc/x (mode 0600, 2 lines)', 'drbdadm -c /etc/.x.sanctl-new dump']);
  expect(actionLines({ do: 'remove', path: '/etc/x', before: 'h' })).toEqual(['remove /etc/x']);
  expect(
    actionLines({
      do: 'wait',
      what: 'both halves connected',
      command: { argv: ['drbdadm', 'cstate', 'r'] },
      until: { stdout: 'Connected' },
      timeoutSeconds: 90,
      everySeconds: 2,
    }),
  ).toEqual(['wait until both halves connected, at most 1 min 30 s:', 'drbdadm cstate r']);
  expect(guardLine({ ask: { argv: ['lvs'] }, expect: { stdout: '' }, proves: 'absent' })).toBe(
    'lvs: prints nothing (absent)',
  );
  expect(commandLine(['if'])).toBe('if');
});

test('a file outside the root is our own mistake', () => {
  expect(() => batchText(batchOf([{ actions: [{ do: 'remove', path: 'x', before: 'h' }] }]), nodeLayout)).toThrow(
    /absolute/,
  );
});
