/** The scripts of the project, in a copy or in a folder of their own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const copy = mkdtempSync(join(tmpdir(), 'sanctl-scripts-'));
afterAll(() => rmSync(copy, { recursive: true }));

function newKind(...words: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/new-kind.ts', ...words], {
    cwd: copy,
    encoding: 'utf8',
  });
}

test('a new kind stands in the registry and its types hold; without a place for it nothing is written', () => {
  for (const path of ['src', 'scripts/new-kind.ts', 'package.json', 'tsconfig.json', 'biome.json', '.gitignore'])
    cpSync(path, join(copy, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const registry = join(copy, 'src/kinds/registry.ts');
  const before = readFileSync(registry, 'utf8');
  writeFileSync(registry, before.replace('export const kinds', 'export const all'));
  const refused = newKind('iscsiTarget');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('nothing was written')]);
  expect(existsSync(join(copy, 'src/kinds/iscsi-target'))).toBe(false);
  writeFileSync(registry, before);
  expect(newKind('iscsiTarget')).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(registry, 'utf8')).toContain("import { iscsiTarget } from './iscsi-target/index.ts';");
  expect(readFileSync(join(copy, 'test/kinds/iscsi-target/iscsi-target.yaml'), 'utf8')).toContain('about: ');
  const biome = spawnSync('node_modules/.bin/biome', ['check', '.'], { cwd: copy, encoding: 'utf8' });
  expect(biome.status, biome.stderr).toBe(0);
  const tsc = resolve('node_modules/typescript/bin/tsc');
  writeFileSync(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ extends: resolve('tsconfig.json'), include: ['src/kinds'] }),
  );
  expect(execFileSync(process.execPath, [tsc, '--noEmit', '-p', copy], { encoding: 'utf8' })).toBe('');
}, 120_000);

test('the demonstration on simulated nodes leaves the state of the operator alone', () => {
  const state = join(copy, 'state');
  const ran = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--sim'], {
    env: { ...process.env, XDG_STATE_HOME: state },
    encoding: 'utf8',
  });
  expect([ran.status, ran.stderr]).toEqual([0, '']);
  expect(existsSync(state)).toBe(false);
});
