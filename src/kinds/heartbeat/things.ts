/** What a classic heartbeat asks for: its files on both nodes, once its package is there. sanctl drives nothing of it. */
import { fileThing } from '../file/thing.ts';
import type { Thing } from '../kind.ts';
import { packageAddress } from '../package/index.ts';
import type { SecretShape } from '../site/secrets.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { heartbeatFiles } from './files.ts';

export function heartbeatThings(site: Site, world: World): readonly Thing[] {
  const { heartbeat } = site;
  // Both have the same bytes, or neither is touched.
  if (heartbeat === undefined || world.leftOut.length > 0) return [];
  const files = heartbeatFiles(site, heartbeat, world.render);
  return heartbeat.nodes.flatMap((node) => files.map((want) => fileThing(node, want, [packageAddress(node)])));
}

/** Words of a line: a blank ends one, and `#` all of it. */
const word: SecretShape = {
  pattern: /^[A-Za-z0-9+/=_.:,@%^*!-]{1,64}$/,
  means: '1 to 64 letters, digits or characters of `+/=_.:,@%^*!-`',
};

const key: SecretShape = {
  pattern: /^[A-Za-z0-9+/=_.-]{16,128}$/,
  means: '16 to 128 letters, digits or characters of `+/=_.-`',
};

export function heartbeatShapes({ heartbeat, nodes }: Site): ReadonlyMap<string, SecretShape> {
  if (heartbeat === undefined) return new Map();
  const passwords = heartbeat.nodes.flatMap((node) => nodes[node]?.fence?.password ?? []);
  return new Map([...passwords.map((name) => [name, word] as const), [heartbeat.secret, key]]);
}
