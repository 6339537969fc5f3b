/** `drbdadm dump` to resources with all that their files say (drbd-utils 9.22, both dialects). Pure. */
import { minorOf, portOf } from '../kinds/drbd/configured.ts';
import { named, parseSections, type Section, statement } from '../kinds/drbd/language.ts';
import { whole } from '../kinds/reading.ts';

export interface FoundResource {
  readonly name: string;
  /** Where `drbdadm` found it; undefined when it does not say. */
  readonly file: string | undefined;
  /** In the order of the file, which is that of the replicas. */
  readonly hosts: readonly FoundHost[];
  /** `net protocol` -> `C`: of the resource and, where it says nothing, of `common`. */
  readonly options: Options;
  /** Sections for which an inventory has no words: `connection`, `floating`. */
  readonly strange: readonly string[];
}

export interface FoundHost {
  readonly name: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly volumes: readonly FoundVolume[];
}

export interface FoundVolume {
  readonly number: string;
  readonly minor: number | undefined;
  readonly disk: string;
  readonly metaDisk: string;
}

export type Options = ReadonlyMap<string, string>;

export interface Dump {
  readonly resources: readonly FoundResource[];
  /** Its `common` section has words. */
  readonly speaksForAll: boolean;
}

/** Undefined when the text is not what `drbdadm dump` prints. */
export function parseDump(text: string): Dump | undefined {
  const top = parseSections(text);
  if (top === undefined) return undefined;
  const files = filesIn(text);
  const common = new Map(top.sections.filter(({ name }) => name[0] === 'common').flatMap((one) => [...optionsOf(one)]));
  const resources = named(top, 'resource').map(([name, section]) => ({
    name,
    file: files.get(name),
    hosts: named(section, 'on').map(([host, one]) => hostOf(host, one, section)),
    options: new Map([...common, ...optionsOf(section)]),
    strange: strangeIn(section),
  }));
  return { resources, speaksForAll: common.size > 0 };
}

/** `# resource web on alpha: not ignored, not stacked`, and on the next line `# defined at FILE:LINE`. */
function filesIn(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^# resource "?([^"\s]+)"? on .*\n# defined at (\/.*):\d+$/gm);
  return new Map([...lines].map(([, name = '', file = '']) => [name, file]));
}

const sections = new Set(['net', 'disk', 'options', 'startup', 'handlers', 'syncer', 'proxy']);

/** A flag without a word after it means yes. */
export function optionsOf(section: Section): Options {
  return new Map(
    section.sections
      .filter(({ name: [kind = '', ...more] }) => sections.has(kind) && more.length === 0)
      .flatMap(({ name: [kind], statements }) =>
        statements.map(([key, ...words]) => [`${kind} ${key}`, words.join(' ') || 'yes'] as const),
      ),
  );
}

function hostOf(name: string, host: Section, resource: Section): FoundHost {
  const address = statement(host, 'address');
  const numbered = [host, resource].map((place) => named(place, 'volume')).find((list) => list.length > 0);
  const volumes: readonly (readonly [string, Section])[] = numbered ?? [['0', host]];
  return {
    name,
    address: (address?.at(-1) ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
    port: portOf(address),
    volumes: volumes.map(([number, volume]) => ({
      number,
      minor: minorOf(volume),
      disk: statement(volume, 'disk')?.[0] ?? '',
      metaDisk: statement(volume, 'meta-disk')?.join(' ') ?? 'internal',
    })),
  };
}

/** A mesh of all hosts is what a resource with more than one connection of sanctl's has. */
function strangeIn({ sections: all }: Section): readonly string[] {
  const known = (one: Section): boolean => {
    const [kind = '', , ...more] = one.name;
    if (sections.has(kind)) return one.name.length === 1;
    if (kind === 'on') return more.length === 0 && one.sections.every(isVolume);
    return isVolume(one) || (kind === 'connection-mesh' && one.sections.length === 0);
  };
  return [...new Set(all.filter((one) => !known(one)).map(({ name }) => name.join(' ')))];
}

function isVolume({ name: [kind, number], sections: inner }: Section): boolean {
  return kind === 'volume' && whole(number) !== undefined && inner.length === 0;
}
