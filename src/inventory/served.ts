/** Exports and arrays, resolved. Pure and total. */

import { authoritySecret, certificateSecret } from '../kinds/export/wire.ts';
import type { RaidArray } from '../kinds/site/array.ts';
import type { OnArray, OnExport, OnVolume } from '../kinds/site/backing.ts';
import type { Chap, ChapUser, Export, IscsiExport, NbdExport } from '../kinds/site/exports.ts';
import { parseSeconds } from '../quantity.ts';
import { uuidOf } from './identity.ts';
import { bytesOf, nameSecret, type Surroundings } from './resolving.ts';
import type { ArraySpec, MemberSpec } from './schema/array.ts';
import type { ExportSpec } from './schema/export.ts';
import type { InventorySpec } from './schema/index.ts';

interface Named {
  readonly volume?: string;
  readonly image?: string;
  readonly export?: string;
  readonly array?: string;
}

/** `checks/` has seen that exactly one is named. */
export function diskOn({ volume, export: exported, array = '' }: Named): OnVolume | OnExport | OnArray {
  if (volume !== undefined) return { volume };
  return exported === undefined ? { array } : { export: exported };
}

function exportOf({ volume, image, array = '' }: Named): Export['backing'] {
  if (volume !== undefined) return { volume };
  return image === undefined ? { array } : { image };
}

function memberOf({ volume, image, export: exported = '' }: MemberSpec): RaidArray['members'][number] {
  if (volume !== undefined) return { volume };
  return image === undefined ? { export: exported } : { image };
}

export function resolveExport(name: string, spec: ExportSpec, all: InventorySpec, around: Surroundings): Export {
  const { from, to, readOnly, via } = spec;
  const shared = { name, backing: exportOf(spec), from, to, readOnly };
  if (via === 'iscsi') return { ...shared, via, ...iscsi(name, spec, all, around) };
  const { tls, connections } = { ...all.defaults.export, ...spec };
  const timeoutSeconds = secondsOf(spec, all, isMember(name, all) ? '30s' : 'none');
  if (tls === 'mutual') nameCertificates(name, spec, around);
  const nbd: Pick<NbdExport, 'connections' | 'tls' | 'port' | 'timeoutSeconds' | 'wireName'> = {
    wireName: `${name}-${uuidOf(all.site, `export/${name}`).slice(0, 8)}`,
    connections: readOnly ? connections : 1,
    tls,
    ...(spec.port !== undefined && { port: spec.port }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  return { ...shared, via, ...nbd };
}

/** The files that `sanctl certificates make` makes. Keys among them: all of them travel as secrets. */
function nameCertificates(name: string, { from, to }: ExportSpec, { secrets, certificates }: Surroundings): void {
  const folder = `${certificates}/${name}`;
  secrets[authoritySecret(name)] = { pem: `${folder}/authority.pem` };
  for (const node of [from, ...to])
    for (const part of ['pem', 'key'] as const)
      secrets[certificateSecret(name, node, part)] = { pem: `${folder}/${node}.${part}` };
}

type OfIscsi = Pick<IscsiExport, 'timeoutSeconds' | 'portals' | 'multipath' | 'iqn' | 'serial' | 'chap'>;

/** I6: finite under everything. */
function iscsi(name: string, spec: ExportSpec, all: InventorySpec, around: Surroundings): OfIscsi {
  const portals = spec.portals ?? [all.nodes[spec.from]?.address ?? ''];
  const { prefix } = all.defaults.iscsi;
  return {
    timeoutSeconds: secondsOf(spec, all, isMember(name, all) ? '15s' : '2min') ?? 120,
    portals,
    ...(portals.length > 1 && { multipath: spec.multipath ?? 'active-active' }),
    iqn: `${prefix}:${iqnPart(all.site)}:${name}`,
    serial: uuidOf(all.site, `export/${name}`),
    ...(spec.chap !== undefined && { chap: chapOf(name, spec.chap, around) }),
  };
}

function chapOf(name: string, { mutual, ...own }: NonNullable<ExportSpec['chap']>, around: Surroundings): Chap {
  const userOf = ({ user, password }: typeof own, place: string): ChapUser => ({
    user,
    password: nameSecret(password, place, around),
  });
  const back = mutual === undefined ? {} : { mutual: userOf(mutual, `chap.mutual.${name}`) };
  return { ...userOf(own, `chap.${name}`), ...back };
}

function secondsOf({ timeout }: ExportSpec, { defaults }: InventorySpec, otherwise: string): number | undefined {
  return parseSeconds(timeout ?? defaults.export.timeout ?? otherwise);
}

function isMember(name: string, { arrays }: InventorySpec): boolean {
  return Object.values(arrays).some(({ members }) => members.some((member) => member.export === name));
}

/** Lower case, as RFC 7143 compares, and without the underscore, which LIO refuses. */
function iqnPart(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}

/** Of the nodes that import by iSCSI: unique, because names of nodes are (I9). */
export function initiatorsOf({ site, defaults, exports }: InventorySpec): Readonly<Record<string, string>> {
  const nodes = new Set(Object.values(exports).flatMap(({ via, to }) => (via === 'iscsi' ? to : [])));
  return Object.fromEntries(
    [...nodes].map((node) => [node, `${defaults.iscsi.prefix}:${iqnPart(site)}:initiator:${iqnPart(node)}`]),
  );
}

export function resolveArray(name: string, spec: ArraySpec): RaidArray {
  const { node, level, chunk, bitmap, rebuildRate, members, filesystem } = spec;
  return {
    name,
    node,
    level,
    ...(level !== 1 && { chunkBytes: bytesOf(chunk) }),
    bitmap: level === 0 ? 'none' : bitmap,
    rebuildRate: bytesOf(rebuildRate),
    members: members.map(memberOf),
    ...(filesystem !== undefined && { filesystem }),
  };
}
