/** Names of an export outside of the inventory: of its tag, and of the secrets that are its certificates. Pure. */
import type { NodeName } from '../../step.ts';
import type { NbdExport } from '../site.ts';

/** Borne by the slice that is served, from its first export on: one that was made anew under its name has none (C3). */
export function tagOf({ wireName }: Pick<NbdExport, 'wireName'>): string {
  return `${exportTags}${wireName}`;
}
export const exportTags = 'sanctl.export.';

/** No inventory can give such a name. */
export function authoritySecret(name: string): string {
  return `inline.tls.${name}.authority`;
}

export function certificateSecret(name: string, node: NodeName, part: 'pem' | 'key'): string {
  return `inline.tls.${name}.${node}.${part}`;
}
