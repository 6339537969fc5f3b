/** Whether a node could take an export over, asked in a real shell: it has no device of it, and nobody who would make one (N7). */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { isStandby } from '../../../src/kinds/export/handover.ts';
import type { NbdExport } from '../../../src/kinds/site/exports.ts';
import { holds } from '../../../src/shell/expect.ts';
import { RealSh } from '../real-sh.ts';

const shell = new RealSh();
const block = join(shell.folder, 'block');
const guard = isStandby({ name: 'slice', wireName: 'slice-a1b2c3d4' } as NbdExport);
beforeEach(() => rmSync(block, { recursive: true, force: true }));

function device(name: string, backend: string): void {
  mkdirSync(join(block, name), { recursive: true });
  writeFileSync(join(block, name, 'backend'), `${backend}\n`);
}

function isSo(active = 'inactive', enabled = 'disabled'): boolean {
  const systemctl = `case $1 in is-active) echo ${active}; exit 3 ;; is-enabled) echo ${enabled}; exit 1 ;; esac`;
  const { status, stdout } = shell.run(guard.ask, { systemctl }, { '/sys/block': block });
  return holds(guard.expect, { code: status ?? 1, stdout });
}

test('stopped, not at boot, and not connected', () => {
  expect([isSo(), isSo('failed')]).toEqual([true, true]);
  device('nbd0', 'other-a1b2c3d4/a1b2/boot-1/1');
  device('nbd1', 'slice-a1b2c3d44/a1b2/boot-1/1');
  expect(isSo()).toBe(true);
});

test.each([
  ['activating', 'disabled'],
  ['active', 'disabled'],
  ['inactive', 'enabled'],
  ['inactive', ''],
])('its unit is %s, %s', (active, enabled) => {
  expect(isSo(active, enabled)).toBe(false);
});

test('a device that stayed has what an earlier time left under way in it', () => {
  device('nbd3', 'slice-a1b2c3d4/a1b2/boot-1/1');
  expect(isSo()).toBe(false);
});
