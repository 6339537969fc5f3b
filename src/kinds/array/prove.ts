/** What the verbs of an array prove before they do anything. */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type Guard } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { type Reading, unknown } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { World } from '../world.ts';
import { compare } from './legs.ts';
import * as no from './refusals.ts';
import { type LegAt, type Seen, seenOf } from './seen.ts';
import { memberPaths } from './things.ts';

/** By the kernel; what nobody has written to since it was assembled does not run. */
export function stopped(name: string, node: NodeName, uuid: string): Guard {
  const script = `for md in /sys/block/md*/md; do
  [ -d "$md" ] && [ "$(tr -d :- <"$md/uuid")" = "$1" ] || continue
  case $(cat "$md/array_state") in inactive | readonly | read-auto | clear) ;; *) echo "$md" ;; esac
done; true`;
  return {
    ask: command('sh', '-c', script, 'sh', uuid),
    expect: { stdout: '' },
    proves: `${name} does not run on ${node}`,
  };
}

export function readSeen(array: RaidArray, world: World): Reading<Seen> {
  const facts = world.have('array', array.node);
  const record = facts.records[array.name] ?? unknown('it was not asked for');
  return record.known
    ? { known: true, value: seenOf(array, facts, record.value, memberPaths(array, world.site)) }
    : record;
}

export function whyNot(array: RaidArray, legs: readonly LegAt[], uuid: string): Diagnostic | undefined {
  const compared = compare(legs);
  if (!compared.ok) {
    if ('why' in compared) return no.cannotCompare(array, compared.why);
    return no.splitBrain(array, compared.split[0].path, compared.split[1].path);
  }
  const other = legs.find((leg) => leg.uuid !== uuid);
  return other === undefined ? undefined : no.unknownArray(array, other.uuid);
}
