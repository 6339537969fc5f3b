/** What playbooks may do with an array: stop it, start it, go on without a member, and know it on another node (R2, R5). */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, run } from '../../shell/command.ts';
import { type Reading, unknown, unreadable } from '../reading.ts';
import type { RaidArray, Site } from '../site.ts';
import type { Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { compare } from './legs.ts';
import { arrayRecords, arrayUnit, arrayWords, filesystemUnit } from './paths.ts';
import * as no from './refusals.ts';
import { mayLose } from './running.ts';
import { legAt, type Seen, seenOf } from './seen.ts';
import { memberPaths } from './things.ts';

const arrayParameter = { type: 'array', means: 'the array' } as const;
const without = {
  type: 'text',
  means: 'the devices of the members that it goes without, with commas between',
} as const;
type OfArray = Verb<{ array: typeof arrayParameter }>;

const itsNode = ({ array: { node } }: { readonly array: RaidArray }) => [node];
/** Any of them may have it assembled (R5). */
const everyNode = (_given: unknown, { nodes }: Site) => Object.keys(nodes);

const stop: OfArray = {
  summary: 'unmount its file system and stop it; what else uses it must be stopped before',
  takes: { array: arrayParameter },
  nodes: itsNode,
  plan: ({ array }) => only(array, steps(units(array, 'stop'))),
};

const start: OfArray = {
  summary: 'assemble it from all of its members, after they were compared, and mount its file system',
  takes: { array: arrayParameter },
  nodes: itsNode,
  plan: ({ array }) => only(array, steps(units(array, 'start'))),
};

/**
 * The word is for this start alone: the unit takes it before anything else, and what it did not take goes when the start
 * has ended. One that is `active` while its array was stopped by hand would not start: it is stopped before.
 */
const wordScript = `word=$1 unit=$2 && shift 2 && mkdir -p -m 0700 "\${word%/*}" && systemctl stop "$unit" || exit
trap 'rm -f "$word"' EXIT HUP INT TERM
printf '%s\\n' "$@" >"$word" && systemctl start "$unit"`;

const goWithout: Verb<{ array: typeof arrayParameter; without: typeof without }> = {
  summary: 'assemble it without a member that is out of reach and that nobody uses elsewhere',
  takes: { array: arrayParameter, without },
  nodes: itsNode,
  plan: ({ array, without: path }, world) => only(array, planWithout(array, path, world)),
};

const takeOver: OfArray = {
  summary: 'know an array that another node made: every node is asked, and none may have it assembled',
  takes: { array: arrayParameter },
  nodes: everyNode,
  plan: ({ array }, world) => only(array, planTakeOver(array, world)),
};

export const verbs = { stop, start, goWithout, takeOver };

function only({ name }: RaidArray, verdict: Verdict): ReadonlyMap<string, Verdict> {
  return new Map([[name, verdict]]);
}

function units({ name, node, filesystem }: RaidArray, verb: 'start' | 'stop'): StepDraft {
  const all = [arrayUnit(name), ...(filesystem === undefined ? [] : [filesystemUnit(name)])];
  const ordered = verb === 'start' ? all : all.toReversed();
  return {
    verb,
    node,
    title: `${verb} ${ordered.join(', then ')}`,
    danger: verb === 'start' ? 'none' : 'interrupts',
    guards: [],
    actions: ordered.map((unit) => run('systemctl', verb, unit)),
  };
}

/** R2: the others must agree, and be enough. Whether the missing one is dead is the operator's word. */
function planWithout(array: RaidArray, words: string, world: World): Verdict {
  const { name, node } = array;
  const gone = words.split(',');
  const strange = gone.find((path) => !memberPaths(array, world.site).includes(path));
  if (strange !== undefined) return refuse(noMember(array, strange, world.site));
  const seen = read(array, world);
  if (!seen.known) return refuse(unreadable(`array/${name}`, node, seen.why));
  const left = seen.value.members.filter((member) => !gone.includes(member.path));
  const legs = left.flatMap(legAt);
  const away = left.filter((member) => !legs.some((leg) => leg.path === member.path));
  if (away.length > 0)
    return refuse(
      no.missing(
        array,
        away.map((member) => member.path),
      ),
    );
  if (mayLose(array.level, array.members.length) < gone.length) return refuse(no.failed(array));
  const problem = whyNot(array, legs, seen.value.record);
  if (problem !== undefined) return refuse(problem);
  return steps(
    {
      verb: 'word',
      node,
      title: `start ${name} without ${gone.join(' and ')}, this once`,
      danger: 'none',
      guards: [stopped(array, seen.value.record)],
      actions: [run('sh', '-c', wordScript, 'sh', `${arrayWords}/${name}`, arrayUnit(name), ...gone)],
      reason: 'the operator says that nobody uses that member elsewhere',
      redundancy: { copies: 1, until: 'the member is back' },
    },
    units(array, 'start'),
  );
}

/** Its unit is stopped before it starts: what mounts it would be, too. */
function stopped({ name, node }: RaidArray, uuid: string): Guard {
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

function planTakeOver(array: RaidArray, world: World): Verdict {
  const { name, node } = array;
  const seen = read(array, world);
  if (!seen.known) return refuse(unreadable(`array/${name}`, node, seen.why));
  const legs = seen.value.members.flatMap(legAt);
  const uuid = legs[0]?.uuid;
  if (uuid === undefined) return refuse(no.missing(array, memberPaths(array, world.site)));
  if (seen.value.record === uuid) return asWished;
  const problem =
    whyNot(array, legs, uuid) ?? (seen.value.record === 'absent' ? undefined : no.unknownArray(array, uuid));
  if (problem !== undefined) return refuse(problem);
  const colons = uuid.replace(/(.{8})(?=.)/g, '$1:');
  return steps({
    verb: 'take-over',
    node,
    title: `know array ${colons} as ${name}`,
    danger: 'none',
    guards: [],
    actions: [
      run('mkdir', '-p', '-m', '0700', arrayRecords),
      run(
        'sh',
        '-c',
        'echo "$2" >"$1.new" && sync "$1.new" && mv "$1.new" "$1"',
        'sh',
        `${arrayRecords}/${name}`,
        colons,
      ),
    ],
    reason: 'the operator says that no other node has it assembled',
  });
}

function read(array: RaidArray, world: World): Reading<Seen> {
  const facts = world.have('array', array.node);
  const record = facts.records[array.name] ?? unknown('it was not asked for');
  return record.known
    ? { known: true, value: seenOf(array, facts, record.value, memberPaths(array, world.site)) }
    : record;
}

function whyNot(array: RaidArray, legs: ReturnType<typeof legAt>, uuid: string): Diagnostic | undefined {
  const compared = compare(legs);
  if (!compared.ok) {
    if ('why' in compared) return no.cannotCompare(array, compared.why);
    return no.splitBrain(array, compared.split[0].path, compared.split[1].path);
  }
  const other = legs.find((leg) => leg.uuid !== uuid);
  return other === undefined ? undefined : no.unknownArray(array, other.uuid);
}

function noMember(array: RaidArray, path: string, site: Site): Diagnostic {
  return error('array/no-member', 'An array has no such member', `array/${array.name}: ${path}`, {
    help: `Its members are ${memberPaths(array, site).join(', ')}.`,
  });
}
