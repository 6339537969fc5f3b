/** The lab as the metrics use it: fresh nodes before each arm, sanctl as a program, ssh that keeps its connections. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Changes, writeExample } from '../../scripts/example.ts';
import type { Result } from '../../src/diagnostic.ts';
import * as lab from '../../src/lab/index.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { run } from '../../src/transport/local.ts';
import { timed } from '../abba.ts';
import { interrupted } from '../interrupt.ts';
import { type Folder, temporaryFolder } from '../rig/folder.ts';
import { builtProgram } from '../rig/program.ts';
import type { Wave } from './by-hand.ts';

/** Only for these runs: the inventory of the example names it. */
export const drbdSecret = 'only-for-the-benchmark';
/** Seconds after which anything in the lab is given up: under emulation everything takes long. */
const patience = 1800;

export interface Hosts {
  readonly folder: Folder;
  readonly sshConfig: string;
  readonly names: readonly string[];
  /** The `nodes` section of an inventory. */
  readonly nodes: string;
  /** Freshly booted, disks included. */
  reset(): Promise<void>;
  /** So much later comes each frame between the first two, both ways; 0 heals them. */
  delay(milliseconds: number): Promise<void>;
  /** Ends the lab when this run began it. */
  leave(): Promise<void>;
}

export async function openLab(): Promise<Hosts> {
  const up = must(await lab.up({ nodes: 2 }));
  const folder = temporaryFolder();
  const names = up.nodes.map(({ name }) => name);
  const [first = '', second = ''] = names;
  return {
    folder,
    sshConfig: up.files.sshConfig,
    names,
    nodes: readFileSync(up.files.inventory, 'utf8'),
    reset: async () => void must(await lab.reset()),
    delay: async (milliseconds) => void must(await lab.delay(first, second, milliseconds)),
    async leave() {
      folder.remove();
      if (!up.wasUp) must(await lab.down());
    },
  };
}

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((one) => `${one.code}: ${one.detail} ${one.help ?? ''}`).join('\n'));
}

/** The two-node example on these hosts, as a folder inventory. */
export function exampleSite({ folder, nodes }: Hosts, changes: Changes = {}, name = 'example'): string {
  const path = join(folder.path, name);
  writeExample(path, nodes, changes);
  return path;
}

/** `site` is the text of an inventory without its nodes. */
export function siteFolder({ folder, nodes }: Hosts, name: string, site: string): string {
  const path = join(folder.path, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'nodes.yaml'), nodes, { mode: 0o600 });
  writeFileSync(join(path, 'site.yaml'), site, { mode: 0o600 });
  return path;
}

/** With a state folder of its own: it takes no lock of the operator's. */
async function sanctl({ folder }: Hosts, ...words: readonly string[]): Promise<void> {
  const argv = [...(await builtProgram()), ...words];
  const env = {
    SANCTL_DRBD_SECRET: drbdSecret,
    SANCTL_UNPROVEN: 'lab',
    NO_COLOR: '1',
    XDG_STATE_HOME: join(folder.path, 'state'),
  };
  const ran = await run(argv, { timeoutSeconds: patience, env, signal: interrupted });
  if (ran.code !== 0) throw new Error(`sanctl ${words.join(' ')}: ${ran.code}\n${ran.stdout}${ran.stderr}`);
}

/** Seconds of a whole run of the program: start, connections, plan, work. */
export async function applySeconds(hosts: Hosts, site: string): Promise<number> {
  await builtProgram();
  return timed(async () => void (await sanctl(hosts, 'apply', site, '--yes')));
}

/** Seconds of a whole `sanctl migrate`. */
export async function migrateSeconds(hosts: Hosts, site: string, vm: string, to: string): Promise<number> {
  await builtProgram();
  return timed(async () => void (await sanctl(hosts, '-i', site, 'migrate', vm, to, '--yes')));
}

/** What sanctl would do with these hosts as they are. */
export async function planOf(hosts: Hosts, site: string): Promise<Plan> {
  const file = join(hosts.folder.path, 'plan.json');
  await sanctl(hosts, 'plan', site, '-o', file);
  return JSON.parse(readFileSync(file, 'utf8')) as Plan;
}

/** Seconds of the waves over ssh with one connection for each node, which is opened within the time and closed after it. */
export async function wavesSeconds(hosts: Hosts, waves: readonly Wave[]): Promise<number> {
  const seconds = await timed(async () => {
    for (const wave of waves) await Promise.all(wave.map(({ node, text }) => onNode(hosts, node, text)));
    return undefined;
  });
  for (const node of hosts.names) await run([...sshTo(hosts), '-O', 'exit', node], { timeoutSeconds: 60 });
  return seconds;
}

function sshTo({ sshConfig, folder }: Hosts): readonly string[] {
  const socket = join(folder.path, '%n.ssh');
  return ['ssh', '-F', sshConfig, '-o', 'ControlMaster=auto', '-o', 'ControlPersist=60', '-o', `ControlPath=${socket}`];
}

/** The text as a script on its stdin; what it printed. */
export async function onNode(hosts: Hosts, node: string, text: string): Promise<string> {
  const ran = await run([...sshTo(hosts), node, 'sh', '-s'], {
    timeoutSeconds: patience,
    input: text,
    signal: interrupted,
  });
  if (ran.code !== 0) throw new Error(`${node}: ${ran.code}\n${text}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
