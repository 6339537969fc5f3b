/** Pacemaker's own scheduler over a configuration that sanctl made: `crm_simulate`, on files, without a cluster. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configuration } from '../../../src/kinds/cluster/configuration.ts';
import { managedVolumes } from '../../../src/kinds/cluster/members.ts';
import { drbdId } from '../../../src/kinds/cluster/names.ts';
import { xmlText } from '../../../src/kinds/cluster/xml.ts';
import type { Site } from '../../../src/kinds/site.ts';

export const isThere = has('crm_simulate') && has('cibadmin') && has('crm_verify');

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', env: environment() });
    return true;
  } catch {
    return false;
  }
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', TZ: 'UTC', PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...more };
}

export function run(program: string, words: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  return execFileSync(program, words, { encoding: 'utf8', env: environment(more), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** `change` is for mutants: the text of the configuration, changed. */
export function configurationText(site: Site, change = (text: string): string => text): string {
  if (site.cluster === undefined) throw new Error('a site without a cluster');
  return change(xmlText(configuration(site, site.cluster)));
}

/** A cluster in a file. */
export interface Simulated {
  readonly site: Site;
  readonly path: string;
  /** What the scheduler said while it came up. */
  readonly began: string;
}

function emptyFolder(): string {
  return join(mkdtempSync(join(tmpdir(), 'cluster-')), 'cib.xml');
}

export function emptyCluster(): string {
  const path = emptyFolder();
  writeFileSync(path, run('cibadmin', ['--empty'], { CIB_file: path }));
  return path;
}

/** All members are up, all mirrors are in sync, and everything has come to rest. */
export function healthy(site: Site, change?: (text: string) => string): Simulated {
  const path = emptyCluster();
  const wish = `${path}.wish`;
  writeFileSync(wish, configurationText(site, change));
  run('cibadmin', ['--replace', '--scope', 'configuration', '--xml-file', wish], { CIB_file: path });
  const nodes = site.cluster?.nodes ?? [];
  const cluster = { site, path, began: '' };
  const up = simulate(cluster, ['--quorum=1', ...nodes.flatMap((node) => ['--node-up', node])]);
  rate(cluster);
  return { ...cluster, began: up + settle(cluster) };
}

/** As it is, to be led another way. */
export function copyOf(cluster: Simulated): Simulated {
  const path = emptyFolder();
  copyFileSync(cluster.path, path);
  return { ...cluster, path };
}

/** What the scheduler says, in full; the state that follows is that of the cluster from then on. */
export function simulate({ path }: Simulated, words: readonly string[]): string {
  return run('crm_simulate', ['--simulate', '--xml-file', path, ...words, '--save-output', path]);
}

export function settle(cluster: Simulated): string {
  let text = '';
  for (let round = 0; round < 3; round += 1) {
    const said = simulate(cluster, []);
    text += said;
    if (!/^ {2}\* (Resource action|Fencing)/m.test(between(said))) break;
  }
  return text;
}

function between(said: string): string {
  return said.slice(said.indexOf('Executing Cluster Transition'), said.indexOf('Revised Cluster Status'));
}

/** What the agent of a mirror says where it is up to date: where it is, it may be promoted. */
function rate({ site, path }: Simulated): void {
  const pairs = (id: string) =>
    managedVolumes(site)
      .map(({ name }) => `<nvpair id="s${id}-${drbdId(name)}" name="master-${drbdId(name)}" value="10000"/>`)
      .join('');
  const text = readFileSync(path, 'utf8').replace(
    /<node_state id="(\d+)"[^>]*>/g,
    (head, id) =>
      `${head}<transient_attributes id="${id}"><instance_attributes id="status-${id}">${pairs(id)}</instance_attributes></transient_attributes>`,
  );
  writeFileSync(path, text);
}
