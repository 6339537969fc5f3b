/** The script of the unit, as far as it goes without a loop device. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unmountedScript } from '../../../src/kinds/image/steps.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { RealSh } from '../real-sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-image-'));
afterAll(() => rmSync(folder, { recursive: true }));
const script = templateRenderer(templateFiles())('image/image', { folder: '/dev/null/image', records: folder }).join(
  '',
);

// At boot, what the image is on may not be mounted, or another file may have its name (C1, C3).
test('a file of the same path and size that is not the one that was made gets no block device', () => {
  const path = join(folder, 'a.img');
  writeFileSync(path, 'other');
  const start = () => spawnSync('sh', ['-c', script, 'sh', 'start', 'a', path, '5'], { encoding: 'utf8' });
  for (const record of ['', `${statSync(path).ino + 1} ${path}\n`, `${statSync(path).ino} /srv/a.img\n`]) {
    writeFileSync(join(folder, 'a'), record);
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is not the file that was made for it'),
    });
  }
});

test.each([
  ['of what is mounted', '/\n/srv', '/srv /', 0, ''],
  ['above it, not mounted', '/\n/srv', '/', 0, '/srv\n'],
  ['beside it, not mounted', '/\n/srv/a\nnone', '/', 0, ''],
  ['of nothing', '', '/', 1, ''],
])('no image is made below a mount point of the fstab %s (C1)', (_, targets, mounted, code, said) => {
  const { status, stdout } = new RealSh().run(
    { argv: ['sh', '-c', unmountedScript, 'sh', '/srv/sanctl/a.img'] },
    {
      findmnt: `printf '${targets}'; exit ${code}`,
      mountpoint: `case ' ${mounted} ' in *" $3 "*) ;; *) exit 32 ;; esac`,
    },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: said });
});

test('an fstab that cannot be read is no empty one (C5)', () => {
  const argv = ['sh', '-c', unmountedScript, 'sh', '/srv/a.img'] as const;
  expect(new RealSh().run({ argv }, { findmnt: 'exit 127' }).status).toBe(2);
});
