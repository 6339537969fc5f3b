/** A certificate that was rotated out keeps no session of what is written: the holder is started anew with the new one. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expand, type ImportWant } from '../../../src/kinds/import/things.ts';
import { known } from '../../../src/kinds/reading.ts';
import type { World } from '../../../src/kinds/world.ts';
import { compactSite } from '../compact.ts';

function importOf(tls: 'mutual' | 'none') {
  const site = compactSite({
    volumes: { slice: { size: '256MiB', replicas: ['alpha'] } },
    exports: { slice: { wireName: 'slice-26980a0a', to: ['bravo'], port: 10810, tls } },
  });
  const have = () => ({
    files: {},
    ports: known([]),
    units: known({}),
    started: known({}),
    hosts: {},
    running: known({}),
  });
  const world = { site, have, render: () => ['text'] } as unknown as World;
  const found = expand(site, world).find(({ kind }) => kind === 'import');
  if (found === undefined) throw new Error('no import');
  return { needs: found.needs, started: Object.keys((found.want as ImportWant).started ?? {}) };
}

test('what a holder was started with are its certificate and authority, too, and never its key', () => {
  expect(importOf('mutual').started.map((path) => path.slice('/etc/sanctl/'.length))).toEqual([
    'import',
    'import-slice.json',
    'import-slice.authority',
    'import-slice.certificate',
  ]);
  expect(importOf('none').started).toHaveLength(2);
});

test('the server has the new ones before', () => {
  expect(importOf('mutual').needs).toEqual(
    expect.arrayContaining([
      'file/etc/sanctl/export-slice.authority@alpha',
      'file/etc/sanctl/export-slice.certificate@alpha',
    ]),
  );
});

const absent = spawnSync('python3', ['--version']).status !== 0;
test.skipIf(absent)('the holder writes down the same files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-holder-'));
  const path = (name: string): string => join(folder, name);
  for (const name of ['holder', 'config', 'ca', 'pem']) writeFileSync(path(name), name);
  const text = readFileSync('templates/import/import.hbs', 'utf8').replaceAll('/run/sanctl/import', folder);
  writeFileSync(path('functions'), text.slice(0, text.lastIndexOf('main()')));
  const tls = { authority: path('ca'), certificate: path('pem'), key: path('key') };
  const program = `import json, sys; sys.argv = [${JSON.stringify(path('holder'))}, 'hold', ${JSON.stringify(path('config'))}]
exec(open(${JSON.stringify(path('functions'))}).read())
remember(json.loads(${JSON.stringify(JSON.stringify({ name: 'slice', tls }))}))`;
  expect(spawnSync('python3', ['-c', program], { encoding: 'utf8' }).stderr).toBe('');
  const sum = (name: string): string => `${createHash('sha256').update(name).digest('hex')}  ${path(name)}\n`;
  expect(readFileSync(path('slice.started'), 'utf8')).toBe(['holder', 'config', 'ca', 'pem'].map(sum).join(''));
});
