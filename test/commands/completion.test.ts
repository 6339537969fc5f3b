import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { sanctl } from './run.ts';

/** The library prints by itself. */
async function completed(...argv: string[]): Promise<string[]> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(...text.split('\n')));
  const { code, stdout } = await sanctl(argv);
  expect(code).toBe(0);
  return [...stdout.split('\n'), ...lines];
}

afterEach(() => vi.restoreAllMocks());

test('verbs, options and choices complete', async () => {
  const names = (lines: string[]) => lines.map((line) => line.split('\t')[0]);
  expect(names(await completed('complete', '--', 'pl'))).toContain('plan');
  expect(names(await completed('complete', '--', 'plan', '--o'))).toEqual(
    expect.arrayContaining(['--out', '--offline', '--only']),
  );
  expect(names(await completed('complete', '--', 'completion', ''))).toEqual(
    expect.arrayContaining(['bash', 'zsh', 'fish', 'powershell']),
  );
  expect(names(await completed('complete', '--', 'lab', 'st'))).toEqual(expect.arrayContaining(['status', 'start']));
});

test.each(['bash', 'zsh', 'fish', 'powershell'])('a script for %s', async (shell) => {
  const script = (await completed('completion', shell)).join('\n');
  expect(script).toMatch(/sanctl \S*complete/);
});

test('the script for bash may be sourced again', async () => {
  const script = (await completed('completion', 'bash')).join('\n');
  const twice = 'for time in 1 2; do source /dev/stdin <<<"$1"; done; complete -p sanctl';
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', twice, 'bash', script], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['complete -F __sanctl_complete sanctl\n', '']);
});
