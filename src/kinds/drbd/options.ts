/** `drbdsetup show`: what the kernel runs with, beside the states. Pure. */
import { portOf } from './configured.ts';
import type { Running } from './facts.ts';
import { named, parseSections, type Section, statement } from './language.ts';

/** Adds what `drbdsetup show` knows to the running resources; undefined when it cannot be read. */
export function withOptions(
  running: Readonly<Record<string, Running>>,
  show: string,
): Readonly<Record<string, Running>> | undefined {
  const top = parseSections(show);
  if (top === undefined) return undefined;
  const shown = new Map(named(top, 'resource'));
  return Object.fromEntries(
    Object.entries(running).map(([name, one]) => {
      const section = shown.get(name);
      return [name, section === undefined ? one : withShown(one, section)];
    }),
  );
}

/** 8.4 keeps `_this_host` at the resource, 9 has a second one, with the addresses, in each connection. */
function withShown(one: Running, section: Section): Running {
  const ours = hosts(section);
  const address = ours.map((host) => statement(host, 'address')).find((words) => words !== undefined);
  const disks = new Map(
    ours.flatMap((host) => named(host, 'volume')).map(([number, volume]) => [number, statement(volume, 'disk')]),
  );
  const volumes = Object.entries(one.volumes).map(([number, volume]) => {
    const backing = disks.has(number) ? (disks.get(number)?.[0] ?? 'none') : undefined;
    return [number, { ...volume, backing }] as const;
  });
  return { ...one, volumes: Object.fromEntries(volumes), port: portOf(address), twoPrimaries: opensTwo(section) };
}

function hosts(section: Section): readonly Section[] {
  return section.sections.flatMap((one) => (one.name[0] === '_this_host' ? [one] : hosts(one)));
}

/** On any connection; options that have their default are not printed. */
function opensTwo(section: Section): boolean {
  const here = statement(section, 'allow-two-primaries');
  return (here !== undefined && here[0] !== 'no') || section.sections.some(opensTwo);
}
