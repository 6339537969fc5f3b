/** What the nodes need before they are switched on: disks, keys, and the files by which they are reached. */
import { copyFile } from 'node:fs/promises';
import { writeFileAtomic } from '../transport/files.ts';
import { type Reachable, renderInventory, renderKnownHosts, renderSshConfig } from './access.ts';
import type { RunFiles } from './folders.ts';
import { makeKey, readPublicKey } from './keys.ts';
import { type Lab, machineOf, nodesOf } from './lab.ts';
import { ensureIdentity, fetchDisks, isCached, makeDisks } from './snapshot.ts';

/** Answers whether the snapshots are shared through the cache. */
export async function prepareNodes(run: RunFiles, lab: Lab): Promise<boolean> {
  const shared = await ensureIdentity(lab.cache, lab.snapshotDigest);
  if (shared === undefined) await makeKey(run.identity, 'sanctl-lab');
  else for (const end of ['', '.pub']) await copyFile(`${shared}${end}`, `${run.identity}${end}`);
  const reachable: Reachable[] = [];
  for (const [at, node] of nodesOf(lab).entries()) {
    const machine = machineOf(run, lab, node);
    const cached = shared !== undefined && isCached(lab.cache, lab.snapshotDigest, node.name);
    await (cached ? fetchDisks(machine, lab.cache, lab.snapshotDigest) : makeDisks(machine));
    const hostKey = await readPublicKey(machine.files.hostKey);
    reachable.push({ node, sshPort: machine.ports.ssh, hostKey, ipmiPort: lab.ipmi?.[at] });
  }
  await writeFileAtomic(run.knownHosts, renderKnownHosts(reachable), 0o600);
  await writeFileAtomic(run.sshConfig, renderSshConfig(reachable, run), 0o600);
  await writeFileAtomic(run.inventory, renderInventory(reachable, run), 0o600);
  return shared !== undefined;
}
