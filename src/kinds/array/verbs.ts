/** What playbooks may do with an array: stop it, start it, go on without a member, and know it on another node (R2, R5). */
import { run } from '../../shell/command.ts';
import { unreadable } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import type { Check, Verb } from '../verb.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { planGrow, planLetGo, whyNotIn } from './grow.ts';
import { arrayUnit, arrayWords, filesystemUnit } from './paths.ts';
import { readSeen, stopped, whyNot } from './prove.ts';
import * as no from './refusals.ts';
import { planReplace } from './replace.ts';
import { mayLose } from './running.ts';
import { legAt } from './seen.ts';
import { planTakeOver, takeOverAsks } from './take-over.ts';
import { memberPaths } from './things.ts';

const arrayParameter = { type: 'array', means: 'the array' } as const;
const without = {
  type: 'text',
  means: 'the devices of the members that it goes without, with commas between',
} as const;
const off = {
  type: 'text',
  means: 'of the nodes left out by `--without`, those that are off, with commas between',
} as const;
const member = { type: 'text', means: 'its device, as `sanctl array status` calls it' } as const;
const old = { type: 'text', means: 'the device of the member that goes' } as const;
const fresh = { type: 'text', means: 'the device of the blank one that comes' } as const;
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

const takeOver: Verb<{ array: typeof arrayParameter; off: typeof off }> = {
  summary: 'know an array that another node made: every node is asked, and none may have it assembled',
  takes: { array: arrayParameter, off },
  nodes: everyNode,
  asks: ({ array }, site) => takeOverAsks(array, site),
  plan: ({ array, off: nodes }, world) => only(array, planTakeOver(array, nodes, world)),
};

const grow: Verb<{ array: typeof arrayParameter; member: typeof member }> = {
  summary: 'take a blank member in as one more, and spread what there is over all of them, while it is used',
  takes: { array: arrayParameter, member },
  nodes: itsNode,
  plan: ({ array, member: path }, world) => only(array, planGrow(array, path, world)),
};

const replace: Verb<{ array: typeof arrayParameter; old: typeof old; new: typeof fresh }> = {
  summary: 'copy a member to a blank one that takes its place; once that has ended: let go of the old one',
  takes: { array: arrayParameter, old, new: fresh },
  nodes: itsNode,
  plan: ({ array, old: path, new: by }, world) => only(array, planReplace(array, path, by, world)),
};

const letGo: Verb<{ array: typeof arrayParameter }> = {
  summary:
    'after a growth or replacement that broke off: take out what was added and has no place; what has begun goes on',
  takes: { array: arrayParameter },
  nodes: itsNode,
  plan: ({ array }, world) => only(array, planLetGo(array, world)),
};

const takesPart: Check<{ array: typeof arrayParameter; member: typeof member }> = {
  summary: 'the kernel has this member in its place, or is writing it',
  takes: { array: arrayParameter, member },
  nodes: itsNode,
  check: ({ array, member: path }, world) => whyNotIn(array, path, world),
};

export const verbs = { stop, start, goWithout, takeOver, grow, replace, letGo };
export const checks = { takesPart };

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
  if (strange !== undefined) return refuse(no.noMember(array, strange, memberPaths(array, world.site)));
  const seen = readSeen(array, world);
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
      guards: [stopped(name, node, seen.value.record)],
      actions: [run('sh', '-c', wordScript, 'sh', `${arrayWords}/${name}`, arrayUnit(name), ...gone)],
      reason: 'the operator says that nobody uses that member elsewhere',
      redundancy: { copies: 1, until: 'the member is back' },
    },
    units(array, 'start'),
  );
}
