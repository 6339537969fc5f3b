import { afterEach, expect, test, vi } from 'vitest';
import { sanctl } from './run.ts';

/** The library prints by itself. */
async function completed(...argv: string[]): Promise<string[]> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(...text.split('\n')));
  const { code } = await sanctl(argv);
  expect(code).toBe(0);
  return lines;
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
