/** SSH keys of the lab: made by ssh-keygen, kept beside the snapshots in which the nodes already trust them. */
import { readFile } from 'node:fs/promises';
import { run } from '../transport/local.ts';
import { trouble } from './trouble.ts';

/** Makes `path` (0600) and `path.pub`. */
export async function makeKey(path: string, comment: string): Promise<void> {
  const ran = await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
  if (ran.code !== 0) throw trouble('lab/key-failed', 'An SSH key could not be made', ran.stderr.trim());
}

/** Type and key, without the comment: as known_hosts wants it. */
export async function readPublicKey(path: string): Promise<string> {
  const [type = '', key = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
  return `${type} ${key.trim()}`;
}
