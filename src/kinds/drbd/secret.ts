/** What a shared secret of DRBD peers may be. */

import type { SecretShape } from '../site/secrets.ts';
import type { Site } from '../site.ts';

/**
 * A longer one is a parse error of drbdadm 9.22, and a quote, a semicolon or a newline would add statements to the
 * resource's file (safety.md 4.3).
 */
const peerSecret: SecretShape = {
  pattern: /^[A-Za-z0-9+/=_.-]{6,63}$/,
  means: '6 to 63 letters, digits or characters of `+/=_.-`',
};

/** The secrets of the inventory whose values go into resource files. */
export function secretShapes(site: Site): ReadonlyMap<string, SecretShape> {
  const names = Object.values(site.volumes).flatMap(({ replication }) => replication?.secret ?? []);
  return new Map(names.map((name) => [name, peerSecret]));
}
