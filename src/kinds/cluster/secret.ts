/** What the secrets of a cluster may be. */

import type { SecretShape } from '../site/secrets.ts';
import type { Site } from '../site.ts';

/** corosync.conf(5): a key has at least 1024 bits. Each character is a byte of it. */
const memberKey: SecretShape = {
  pattern: /^[A-Za-z0-9+/=_.-]{128,4096}$/,
  means: '128 to 4096 letters, digits or characters of `+/=_.-`',
};

/** The last line of a script, which no shell reads, and which the script prints. */
const fencePassword: SecretShape = { pattern: /^[\x20-\x7e]{1,255}$/, means: '1 to 255 printable characters' };

export function clusterShapes({ cluster, nodes }: Site): ReadonlyMap<string, SecretShape> {
  const passwords = Object.values(nodes).flatMap(({ fence }) => fence?.password ?? []);
  const members = cluster === undefined ? [] : [[cluster.secret, memberKey] as const];
  return new Map([...passwords.map((name) => [name, fencePassword] as const), ...members]);
}
