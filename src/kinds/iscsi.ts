/** What both ends of an iSCSI export must agree on. Pure. */
import type { SecretRef } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { importersOf } from './reach.ts';
import type { Chap, Export, IscsiExport } from './site/exports.ts';
import type { SecretShape } from './site/secrets.ts';
import type { Site } from './site.ts';

const port = 3260;

export function isIscsi(one: Export): one is IscsiExport {
  return one.via === 'iscsi';
}

/** Exports that a node serves. */
export function targetsOn(site: Site, node: NodeName): readonly IscsiExport[] {
  return Object.values(site.exports)
    .filter(isIscsi)
    .filter(({ from }) => from === node);
}

/** Exports that a node imports now. */
export function importsOn(site: Site, node: NodeName): readonly IscsiExport[] {
  return Object.values(site.exports)
    .filter(isIscsi)
    .filter((one) => importersOf(one, site).includes(node));
}

/** `10.77.0.11:3260`, as LIO and sysfs write it. */
export function portalsOf({ portals }: IscsiExport): readonly string[] {
  return portals.map((address) => `${address}:${port}`);
}

/**
 * What LIO makes of a unit serial: its own prefix and the first 25 hexadecimal digits (target_core_spc.c; tried), with
 * the 3 before it that says `NAA` to udev and multipath.
 */
export function wwidOf({ serial }: Pick<IscsiExport, 'serial'>): string {
  return `36001405${serial.replaceAll('-', '').slice(0, 25)}`;
}

/** Its words in a settings file, with the secrets by name. What hides secrets in files knows `password VALUE`, and no other ending. */
export function credentials(
  chap: Chap | undefined,
): readonly { readonly word: string; readonly value: string | SecretRef }[] {
  if (chap === undefined) return [];
  const { user, password, mutual } = chap;
  return [
    { word: 'user', value: user },
    { word: 'password', value: { secret: password } },
    ...(mutual === undefined
      ? []
      : [
          { word: 'mutual-user', value: mutual.user },
          { word: 'mutual-password', value: { secret: mutual.password } },
        ]),
  ];
}

/** One line of a record of open-iscsi and one attribute of LIO, where `NULL` is none; RFC 7143, 9.2.1 wants 96 bits. */
const chapSecret: SecretShape = {
  pattern: /^(?!NULL|=)[A-Za-z0-9+/=_.-]{12,255}$/,
  means: '12 to 255 letters, digits or characters of `+/=_.-`, the first of them no `=`',
};

/** The secrets of the inventory whose values are CHAP's. */
export function chapShapes(site: Site): ReadonlyMap<string, SecretShape> {
  const all = Object.values(site.exports)
    .filter(isIscsi)
    .flatMap(({ chap }) => chap ?? []);
  const names = all.flatMap(({ password, mutual }) => [password, ...(mutual === undefined ? [] : [mutual.password])]);
  return new Map(names.map((name) => [name, chapSecret]));
}

/**
 * How quickly a path is noticed to be gone: a ping after `beat` seconds, `beat` for its answer, `beat` until its I/O
 * goes elsewhere. One for a node, the shortest, because multipath has no other per import.
 */
export function beatOn(site: Site, node: NodeName): number {
  const shortest = Math.min(...importsOn(site, node).map(({ timeoutSeconds }) => timeoutSeconds));
  return Math.min(5, Math.max(1, Math.floor(shortest / 5)));
}
