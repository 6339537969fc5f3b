import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { batched, naive } from '../../bench/lab/by-hand.ts';
import { type Action, run } from '../../src/shell/command.ts';
import type { Step } from '../../src/step.ts';

function step(id: string, needs: readonly string[] = [], actions: readonly Action[] = [run('echo', id)]): Step {
  const node = /@(\w+)#/.exec(id)?.[1] ?? '';
  return { id, node, title: id, needs, danger: 'none', guards: [], actions };
}

const secretOf = (): string => "it's secret";

/** Per wave, who runs what, by the ids that the commands print. */
function shape(waves: ReturnType<typeof batched>): unknown {
  const ids = (text: string): readonly string[] =>
    text.split('\n').flatMap((line) => /^echo '?([^' ]+)'? </.exec(line)?.[1] ?? []);
  return waves.map((wave) => wave.map(({ node, text }) => [node, ...ids(text)]));
}

const up = [
  step('host/x@alpha#a'),
  step('drbd/v1@alpha#up'),
  step('drbd/v1@bravo#up'),
  step('drbd/v2@alpha#up'),
  step('drbd/v1@alpha#seed', ['drbd/v1@alpha#up', 'drbd/v1@bravo#up']),
];

describe('by hand', () => {
  it('takes as few waves as the needs between nodes allow', () => {
    expect(shape(batched(up, secretOf))).toEqual([
      [
        ['alpha', 'host/x@alpha#a', 'drbd/v1@alpha#up', 'drbd/v2@alpha#up'],
        ['bravo', 'drbd/v1@bravo#up'],
      ],
      [['alpha', 'drbd/v1@alpha#seed']],
    ]);
    expect(batched([], secretOf)).toEqual([]);
  });

  it('or one resource after another, one node after another', () => {
    expect(shape(naive(up, ['v1', 'v2'], secretOf))).toEqual([
      [['alpha', 'host/x@alpha#a']],
      [['alpha', 'drbd/v1@alpha#up']],
      [['bravo', 'drbd/v1@bravo#up']],
      [['alpha', 'drbd/v1@alpha#seed']],
      [['alpha', 'drbd/v2@alpha#up']],
    ]);
  });
});

describe('the script', () => {
  const made = mkdtempSync(join(tmpdir(), 'by-hand-'));
  afterAll(() => rmSync(made, { recursive: true }));

  function runs(...actions: readonly Action[]) {
    const [[script] = []] = batched([step('file/x@alpha#write', [], actions)], secretOf);
    return spawnSync('sh', ['-s'], { input: script?.text ?? 'exit 99', encoding: 'utf8' });
  }

  it('does what the actions say, in a real shell', () => {
    const path = join(made, 'a b');
    const until = (expect: Extract<Action, { do: 'wait' }>['until']): Action => ({
      do: 'wait',
      what: 'the file',
      command: { argv: ['cat', path] },
      until: expect,
      timeoutSeconds: 1,
      everySeconds: 1,
    });
    const { status, stdout } = runs(
      { do: 'write', path, content: ['  one ', { secret: 's' }, '\n'], mode: '0640', before: null },
      until({ exit: 0 }),
      until({ stdout: "one it's secret" }),
      until({ matches: '^  one' }),
      until({ lacks: 'two' }),
      { do: 'run', command: { argv: ['cat'], stdin: { secret: 's' } } },
      { do: 'run', command: { argv: ['false'] }, accept: [0, 1] },
    );
    expect(status).toBe(0);
    expect(stdout).toBe("it's secret");
    expect(readFileSync(path, 'utf8')).toBe("  one it's secret\n");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(runs({ do: 'remove', path, before: '' }).status).toBe(0);
  });

  it('stops where a command fails', () => {
    const { status, stdout } = runs(run('false'), run('echo', 'after'));
    expect([status, stdout]).toEqual([1, '']);
    expect(runs({ do: 'run', command: { argv: ['sh', '-c', 'exit 7'] }, accept: [0, 1] }).status).toBe(1);
  });
});
