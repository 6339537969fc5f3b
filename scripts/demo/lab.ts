/** The demonstration on real Xen hosts: installs what is missing (as root), starts the lab, applies twice, shows the VM. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeExample } from '../example.ts';
import { say, sayCommand } from './say.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const packages = ['qemu-system-x86', 'qemu-utils', 'mmdebstrap', 'e2fsprogs', 'openssh-client'];

export async function onLab(folder: string): Promise<number> {
  const begun = performance.now();
  if (!(await install())) return 1;
  if ((await sanctl('lab', 'up')) !== 0) return 1;
  if ((await sanctl('lab', 'reset')) !== 0) return 1;
  const { files } = JSON.parse(await output(['lab', 'status', '--json'])) as { files: { inventory: string } };
  writeExample(folder, readFileSync(files.inventory, 'utf8'));
  say(`The inventory is examples/two-node/inventory.yaml, with the lab's nodes: ${folder}`);
  for (const words of [
    ['plan', folder],
    ['apply', folder, '--yes'],
    ['apply', folder, '--yes'],
  ]) {
    sayCommand(words);
    // The lock of the operator's own site `home` is not the lab's to take; the lab itself stands in the state folder.
    const code = await shown(process.execPath, [program, ...words], { XDG_STATE_HOME: join(folder, 'state') });
    if (code !== 0) return code;
  }
  await sanctl('lab', 'ssh', 'alpha', 'xl list; cat /proc/drbd; tail -n 3 /var/log/xen/console/guest-web.log');
  const seconds = Math.round((performance.now() - begun) / 1000);
  say(`Done in ${seconds} s. The hosts are yours: \`npx sanctl lab ssh alpha\`; \`npx sanctl lab down\` ends them.`);
  return 0;
}

/** As root it installs; anybody else is told by `sanctl lab up` what is missing. */
async function install(): Promise<boolean> {
  if (process.getuid?.() !== 0) return true;
  const missing: string[] = [];
  for (const name of packages) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder.
    const { stdout } = await captured('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]);
    if (stdout !== 'installed') missing.push(name);
  }
  if (missing.length === 0) return true;
  say(`Installing ${missing.join(', ')} for the lab.`);
  if ((await shown('apt-get', ['-q', 'update'])) !== 0) return false;
  return (await shown('apt-get', ['-q', '-y', 'install', '--no-install-recommends', ...missing])) === 0;
}

function sanctl(...words: readonly string[]): Promise<number> {
  sayCommand(words);
  return shown(process.execPath, [program, ...words]);
}

async function output(words: readonly string[]): Promise<string> {
  return (await captured(process.execPath, [program, ...words])).stdout;
}

function shown(command: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...more };
  const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit'], env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function captured(command: string, words: readonly string[]): Promise<{ stdout: string }> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve({ stdout }));
  });
}
