/** `drbdadm dump` to what the files of a node configure: which numbers are taken, and by whom. Pure. */
import { whole } from '../reading.ts';
import type { Configured, ConfiguredHost } from './facts.ts';
import { named, parseSections, type Section, statement } from './language.ts';

/** Undefined when the text is not what `drbdadm dump` prints. */
export function parseConfigured(text: string): Readonly<Record<string, Configured>> | undefined {
  const top = parseSections(text);
  if (top === undefined) return undefined;
  return Object.fromEntries(named(top, 'resource').map(([name, resource]) => [name, { hosts: hosts(resource) }]));
}

/** The volume stands at the resource (9) or at each host (8.4), as `volume 0 { … }` or, older, without it. */
function hosts(resource: Section): Readonly<Record<string, ConfiguredHost>> {
  return Object.fromEntries(
    named(resource, 'on').map(([name, host]) => {
      const places = [host, resource].flatMap((place) => [
        ...named(place, 'volume').map(([, volume]) => volume),
        place,
      ]);
      return [
        name,
        {
          minor: first(places, minorOf),
          port: portOf(statement(host, 'address')),
          nodeId: whole(statement(host, 'node-id')?.[0]),
          disk: first(places, (place) => statement(place, 'disk')?.[0]),
        },
      ];
    }),
  );
}

/** `device minor 0`, `device /dev/drbd5 minor 5`, `device /dev/drbd5`. */
export function minorOf(volume: Section): number | undefined {
  const words = statement(volume, 'device');
  if (words === undefined) return undefined;
  const at = words.indexOf('minor');
  return whole(at < 0 ? words[0]?.replace('/dev/drbd', '') : words[at + 1]);
}

/** `address ipv4 10.77.0.11:7789`. */
export function portOf(words: readonly string[] | undefined): number | undefined {
  return whole(words?.at(-1)?.split(':').at(-1));
}

function first<From, To>(list: readonly From[], reader: (one: From) => To | undefined): To | undefined {
  for (const one of list) {
    const value = reader(one);
    if (value !== undefined) return value;
  }
  return undefined;
}
