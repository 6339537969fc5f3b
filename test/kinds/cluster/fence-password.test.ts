/** The script that prints a fence password to an agent, as a node runs it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';

test.each(['s3cret', 'END', '-n', 'a\'b"c $(id) `id` \\n', ' # ', 'exit 1'])(
  'it prints %j, and no shell reads it',
  (password) => {
    const content = templateRenderer(templateFiles())('cluster/fence-password', { password: { secret: 'ipmi' } });
    const path = join(mkdtempSync(join(tmpdir(), 'fence-')), 'fence-alpha');
    writeFileSync(path, content.map((part) => (typeof part === 'string' ? part : password)).join(''), { mode: 0o700 });
    expect(execFileSync(path, { encoding: 'utf8' })).toBe(`${password}\n`);
  },
);
