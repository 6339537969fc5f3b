/** What the file that sanctl would write says otherwise than the one that is there. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { named, parseSections } from '../kinds/drbd/language.ts';
import { drbdPath } from '../kinds/file/paths.ts';
import { fileAddress } from '../kinds/file/thing.ts';
import type { Thing } from '../kinds/kind.ts';
import type { Content } from '../shell/command.ts';
import * as findings from './findings.ts';
import type { Look } from './look.ts';
import { type Options, optionsOf } from './resource.ts';

/** Of DRBD, where a file says nothing (`drbdsetup xml-help`, drbd.conf-8.4(5), drbd.conf-9.0(5)). */
const defaults: Options = new Map([
  ['net protocol', 'C'],
  ['net after-sb-0pri', 'disconnect'],
  ['net after-sb-1pri', 'disconnect'],
  ['net after-sb-2pri', 'disconnect'],
  ['net rr-conflict', 'disconnect'],
  ['net allow-two-primaries', 'no'],
  ['net fencing', 'dont-care'],
  ['disk fencing', 'dont-care'],
  ['disk on-io-error', 'detach'],
  ['disk c-max-rate', '100M'],
  ['options auto-promote', 'yes'],
]);

/** `things`: of the draft's plan, so that the words compared are those that would be written. */
export function changesIn(looks: readonly Look[], things: readonly Thing[]): readonly Diagnostic[] {
  const files = new Map(things.map((thing) => [`${thing.kind}/${thing.name}@${thing.nodes[0]}`, thing]));
  const resources = new Map(looks.flatMap(({ resources: all }) => all.map((one) => [one.name, one] as const)));
  return [...resources.values()].flatMap(({ name, hosts, options }) => {
    const nodes = hosts.map((host) => host.name);
    const thing = files.get(fileAddress(drbdPath(name), nodes[0] ?? ''));
    const wanted = thing === undefined ? undefined : optionsIn((thing.want as { content: Content }).content, name);
    const words = wanted === undefined ? [] : differences(options, wanted);
    return words.length === 0 ? [] : [findings.changes(name, nodes, words)];
  });
}

function optionsIn(content: Content, name: string): Options | undefined {
  const text = content.map((piece) => (typeof piece === 'string' ? piece : '(secret)')).join('');
  const top = parseSections(text);
  const section = top === undefined ? undefined : new Map(named(top, 'resource')).get(name);
  return section === undefined ? undefined : optionsOf(section);
}

/** Of secrets only whether there is one: their values are not known here. */
function differences(have: Options, want: Options): readonly string[] {
  const keys = [...new Set([...have.keys(), ...want.keys()])];
  return keys.flatMap((key) => {
    const [was, will] = [have.get(key), want.get(key)].map((value) => value ?? defaults.get(key));
    if (same(was, will) || key === 'net shared-secret') return [];
    return [`\`${key}\` from ${was ?? 'its default'} to ${will ?? 'its default'}`];
  });
}

/** `1M` is `1024k`. */
function same(one: string | undefined, other: string | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && plain(one) === plain(other));
}

const units: Readonly<Record<string, number>> = { k: 1, m: 2 ** 10, g: 2 ** 20 };

function plain(text: string): string {
  const [, digits, unit = ''] = /^(\d+)([kmg])$/i.exec(text) ?? [];
  return digits === undefined ? text : `${Number(digits) * (units[unit.toLowerCase()] ?? 1)}k`;
}
