/**
 * A member for another one. Of one that works, the kernel copies it while all others stay in their places, so that nothing is
 * less redundant meanwhile; a node that boots in between goes on with both (tried, mdadm 4.2 and kernel 6.1). Into the
 * place of one that is lost, the new one is rebuilt from the others. It takes hours: what ends it is a second run.
 */
import { run } from '../../shell/command.ts';
import { arrayPath } from '../backing.ts';
import type { RaidArray } from '../site/array.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { adding, isAsSeen, isSpare, type Member, memberOf } from './member.ts';
import * as no from './refusals.ts';
import { mayLose } from './running.ts';
import { legAt } from './seen.ts';

export function planReplace(array: RaidArray, oldPath: string, newPath: string, world: World): Verdict {
  if (array.level === 0) return refuse(no.noRedundancy(array));
  const [old, fresh] = [memberOf(array, oldPath, world), memberOf(array, newPath, world)];
  if (!old.ok) return refuse(...old.problems);
  if (!fresh.ok) return refuse(...fresh.problems);
  const { kernel } = fresh.member;
  if (kernel?.states.includes('in_sync') === true) return planRetire(array, old.member, newPath);
  if (kernel?.slot !== undefined) return { steps: [], diagnostics: [no.copying(array, newPath)] };
  return planBegin(array, old.member, fresh.member);
}

function planBegin(array: RaidArray, old: Member, fresh: Member): Verdict {
  const { running } = old;
  const works = old.kernel?.states.includes('in_sync') === true;
  const atRest = running.action === 'idle' && (works ? running.degraded === 0 : running.degraded > 0);
  if (!atRest) return refuse(no.busy(array, running));
  const added = adding(array, fresh);
  if (!added.ok) return refuse(...added.problems);
  if (works) return steps(...added.steps, copied(array, old, fresh));
  const lost = old.kernel?.states.includes('faulty') === true ? [removed(array, old)] : [];
  const copies = Math.max(1, mayLose(array.level, running.disks) - running.degraded + 1);
  const until = 'what the lost member held is rebuilt';
  return steps(...lost, ...added.steps.map((step) => ({ ...step, redundancy: { copies, until } })));
}

function copied({ name, node }: RaidArray, old: Member, fresh: Member): StepDraft {
  return {
    verb: 'replace',
    node,
    title: `copy ${old.path} to ${fresh.path}, which takes its place in ${name}`,
    danger: 'none',
    guards: [isSpare(fresh)],
    actions: [run('mdadm', arrayPath(name), '--replace', old.path, '--with', fresh.path)],
    reason: 'the old one stays in its place until the copy is whole',
  };
}

function removed(array: RaidArray, { path, running }: Member): StepDraft {
  return {
    verb: 'remove',
    node: array.node,
    title: `take ${path} out of ${array.name}, which the kernel has given up`,
    danger: 'none',
    guards: [isAsSeen(array, running)],
    actions: [run('mdadm', arrayPath(array.name), '--remove', path)],
  };
}

/** What is left of the array on it is old by now, and would be compared at the next start. */
function planRetire(array: RaidArray, old: Member, newPath: string): Verdict {
  const { running, kernel, path } = old;
  if (kernel !== undefined && !kernel.states.includes('faulty')) return refuse(no.bothIn(array, path, newPath));
  if (running.degraded > 0 || running.action !== 'idle') return refuse(no.busy(array, running));
  const [bears] = legAt(old);
  if (kernel === undefined && bears?.uuid !== running.uuid) return asWished;
  return steps({
    verb: 'retire',
    node: array.node,
    title: `let go of ${path}, and wipe from it that it was a member of ${array.name}`,
    danger: 'none',
    guards: [isAsSeen(array, running)],
    actions: [
      ...(kernel === undefined ? [] : [run('mdadm', arrayPath(array.name), '--remove', path)]),
      ...(bears === undefined ? [] : [run('mdadm', '--zero-superblock', path)]),
    ],
    reason: `${newPath} has its place, and the array is whole`,
  });
}
