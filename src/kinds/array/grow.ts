/**
 * A member more. It is added as a spare, and nothing of what there is is touched; then the kernel spreads everything over one
 * more, while it is used. With metadata 1.2 mdadm needs no backup file, and a power cut in the middle loses nothing
 * (tried, mdadm 4.2 and kernel 6.1: RAID 6 from 4 to 5, the power cut, assembled by the whole list, the data the same).
 */
import type { Diagnostic } from '../../diagnostic.ts';
import { run } from '../../shell/command.ts';
import { arrayPath } from '../backing.ts';
import type { RaidArray } from '../site/array.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { adding, isSpare, type Member, memberOf, seenRunning } from './member.ts';
import * as no from './refusals.ts';
import { mayLose } from './running.ts';

const canGrow: ReadonlySet<number> = new Set([1, 5, 6]);

export function planGrow(array: RaidArray, path: string, world: World): Verdict {
  if (!canGrow.has(array.level)) return refuse(no.noGrowth(array));
  const found = memberOf(array, path, world);
  if (!found.ok) return refuse(...found.problems);
  const { running, kernel } = found.member;
  if (kernel?.slot !== undefined) return asWished;
  if (running.degraded > 0 || running.action !== 'idle') return refuse(no.busy(array, running));
  const added = adding(array, found.member);
  return added.ok ? steps(...added.steps, grown(array, found.member)) : refuse(...added.problems);
}

function grown(array: RaidArray, member: Member): StepDraft {
  const { name, node, level } = array;
  const { disks } = member.running;
  const all = disks + 1;
  return {
    verb: 'grow',
    node,
    title: `grow ${name} from ${disks} to ${all} members`,
    danger: 'none',
    guards: [isSpare(member)],
    actions: [run('mdadm', '--grow', arrayPath(name), `--raid-devices=${all}`)],
    reason:
      level === 1
        ? 'what there is is copied to it, while it is used'
        : 'what there is is spread over all of them, while it is used; the array is larger when that has ended',
    redundancy: { copies: mayLose(level, disks) + 1, until: 'the growth has ended' },
  };
}

/** What has its place stays: to stop a reshape half-way would be worse than to let it end. */
export function planLetGo(array: RaidArray, world: World): Verdict {
  const seen = seenRunning(array, world);
  if (!seen.ok) return refuse(...seen.problems);
  const spares = seen.members.filter(({ kernel }) => kernel?.slot === undefined && kernel?.states.includes('spare'));
  if (spares.length === 0) return asWished;
  return steps(
    ...spares.map(
      (member, at): StepDraft => ({
        verb: at === 0 ? 'let-go' : `let-go-${at + 1}`,
        node: array.node,
        title: `take ${member.path} out of ${array.name} again, which has no place in it`,
        danger: 'none',
        guards: [isSpare(member)],
        actions: [
          run('mdadm', arrayPath(array.name), '--remove', member.path),
          run('mdadm', '--zero-superblock', member.path),
        ],
        reason:
          'nothing was ever written to it but that it is a spare; the next member that fails would be rebuilt on it',
      }),
    ),
  );
}

export function whyNotIn(array: RaidArray, path: string, world: World): readonly Diagnostic[] {
  const found = memberOf(array, path, world);
  if (!found.ok) return found.problems;
  return found.member.kernel?.slot === undefined ? [no.notIn(array, path)] : [];
}
