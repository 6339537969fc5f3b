/** All temporary folders of a run of the tests are in one, which goes when the run ends, also when tests failed or were stopped. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before the workers begin, which inherit it. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-'));
  // An ordinary user of the tests with sudo passes through it.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
