/** What the lab will be: decided before anything is touched. */
import { accessSync, constants, existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { run as runProgram } from '../transport/local.ts';
import { imageIn, isBuilt } from './image.ts';
import type { Lab } from './lab.ts';
import { nodeNames, segments } from './nodes.ts';
import { freeTcpPorts, freeUdpPorts } from './ports.ts';
import { type Accelerator, chooseAccelerator } from './qemu.ts';
import { readRecipe } from './recipe.ts';
import { snapshotDigest } from './snapshot.ts';
import { missingTools } from './tools.ts';
import { Trouble, trouble } from './trouble.ts';

/** The lab but for its ports, how many nodes it is to have, and whether each has a power switch by IPMI. */
export type Plan = Omit<Lab, 'ports' | 'ipmi'> & { readonly count: number; readonly ipmi: boolean };

export async function planLab(cache: string, count: number, ipmi: boolean): Promise<Plan> {
  checkCount(count);
  const recipe = readRecipe();
  const image = imageIn(cache, recipe.digest);
  const missing = missingTools({ build: !isBuilt(image), ipmi, asRoot: process.getuid?.() === 0 });
  if (missing !== undefined) throw new Trouble(missing);
  const accelerator = await findAccelerator();
  const qemuVersion = (await runProgram(['qemu-system-x86_64', '--version'])).stdout;
  const digest = snapshotDigest(image, accelerator, { qemuVersion, processor: cpus()[0]?.model ?? '' });
  const digests = { imageDigest: recipe.digest, snapshotDigest: digest };
  return { version: 1, state: 'starting', ...digests, cache, accelerator, count, ipmi };
}

async function findAccelerator(): Promise<Accelerator> {
  const modules = ['kvm_intel', 'kvm_amd'].filter((name) => existsSync(`/sys/module/${name}`));
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return chooseAccelerator({ modules, opens: true });
  } catch {
    return chooseAccelerator({ modules, opens: false });
  }
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= nodeNames.length) return;
  throw trouble(
    'lab/node-count',
    'The lab cannot have that many nodes',
    `${count}: 1 to ${nodeNames.length} are possible`,
  );
}

export async function choosePorts({ count, ipmi }: Pick<Plan, 'count' | 'ipmi'>): Promise<Pick<Lab, 'ports' | 'ipmi'>> {
  const ssh = await freeTcpPorts(count);
  const perNode = segments.length * 2;
  const udp = await freeUdpPorts(count * (perNode + (ipmi ? 1 : 0)));
  const ports = ssh.map((port, node) => ({
    ssh: port,
    segments: segments.map((_, segment) => {
      const at = node * perNode + segment * 2;
      return { node: udp[at] ?? 0, switch: udp[at + 1] ?? 0 };
    }),
  }));
  return { ports, ...(ipmi ? { ipmi: udp.slice(count * perNode) } : {}) };
}
