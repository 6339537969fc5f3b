/** Names of an export outside of the inventory: of its tag, and of the secrets that are its certificates. Pure. */
import type { NodeName } from '../../step.ts';
import type { Export, NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';

/** Borne by the slice that is served, from its first export on: one that was made anew under its name has none (C3). */
export function tagOf({ wireName }: Pick<NbdExport, 'wireName'>): string {
  return `${exportTags}${wireName}`;
}
export const exportTags = 'sanctl.export.';

/** Of an export of either way; one that changes its way is another: the server of the first may still run (N7). */
export function markOf(exported: Export): string {
  if (exported.via !== 'iscsi') return tagOf(exported);
  return `${exportTags}iscsi.${exported.name}-${exported.serial.slice(0, 8)}`;
}

/** X1, N7: the exports that serve a volume, or did and were not told to stop; those that only read do no reader harm. */
export function servers(tags: readonly string[], site: Site, reads: boolean): readonly string[] {
  const readers = Object.values(site.exports).filter(({ readOnly }) => reads && readOnly);
  return tags.filter((tag) => tag.startsWith(exportTags) && !readers.some((one) => markOf(one) === tag));
}

/** How people take such a mark away. */
export function unmarking(tag: string, { group, name }: { readonly group: string; readonly name: string }): string {
  const exported = tag.slice(exportTags.length).replace(/-[0-9a-f]{8}$/, '');
  const unit = exported.startsWith('iscsi.') ? `sanctl-target@${exported.slice(6)}` : `sanctl-export-${exported}`;
  return `\`systemctl disable --now ${unit}.service\` there once nobody imports it, and \`lvchange --deltag ${tag} ${group}/${name}\``;
}

/** No inventory can give such a name. */
export function authoritySecret(name: string): string {
  return `inline.tls.${name}.authority`;
}

export function certificateSecret(name: string, node: NodeName, part: 'pem' | 'key'): string {
  return `inline.tls.${name}.${node}.${part}`;
}
