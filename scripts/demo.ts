/**
 * `npm run demo`: the main story of the README, from two blank hosts to a running VM on a mirror, and a second apply
 * that changes nothing. In the lab (real Xen hosts under emulation), or with `--sim` on simulated nodes in seconds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onLab } from './demo/lab.ts';
import { onSimulatedNodes } from './demo/simulated.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-demo-'));
// The peers' shared secret, for this run only: the inventory says that it comes from the environment.
process.env['SANCTL_DRBD_SECRET'] ??= 'only-for-this-demonstration';
try {
  process.exitCode = process.argv.includes('--sim') ? await onSimulatedNodes(folder) : await onLab(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
