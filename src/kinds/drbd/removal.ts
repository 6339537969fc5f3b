/** A replicated volume that is to go (`state: absent`): DRBD lets go of the slices before the volume kind removes them. */
import { error } from '../../diagnostic.ts';
import { type Command, command, type RemoveFile, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { drbdPath } from '../file/paths.ts';
import { refuse, type StepDraft, type Verdict } from '../kind.ts';
import { unreadable } from '../reading.ts';
import type { World } from '../world.ts';
import { dialectOf } from './dialect.ts';
import type { DrbdFacts, Running } from './facts.ts';
import type { DrbdWant } from './resource.ts';

export function planRemoval(want: DrbdWant, world: World): Verdict {
  const verdicts = want.volume.replicas.map((node) => removeOn(want, node, world));
  return {
    steps: verdicts.flatMap((verdict) => verdict.steps),
    diagnostics: verdicts.flatMap((verdict) => verdict.diagnostics),
  };
}

/** Without the operator's word the volume itself is refused; nothing is done here then. */
function removeOn({ volume }: DrbdWant, node: NodeName, world: World): Verdict {
  const { name } = volume;
  const { running } = world.have('drbd', node);
  const file = world.have('file', node).files[drbdPath(name)];
  if (!world.allowDestroy.has(`volume/${name}`)) return { steps: [], diagnostics: [] };
  if (!running.known) return refuse(unreadable(`drbd/${name}`, node, running.why));
  if (file === undefined || !file.known)
    return refuse(unreadable(`drbd/${name}`, node, file?.why ?? 'its file was not asked for'));
  const now = running.value[name];
  if (now?.role === 'Primary') return refuse(inUse(name, node));
  const steps: StepDraft[] = [];
  if (now !== undefined) steps.push(down(name, node, roleOf(name, now, world.have('drbd', node))));
  if (file.value !== 'absent' && file.value.type === 'file') steps.push(removeFile(name, node, file.value.sha256));
  return { steps, diagnostics: [] };
}

/** `drbdsetup` of 8.4 knows the role of a minor, that of 9 the role of a resource (tried, dry, drbd-utils 9.22). */
function roleOf(name: string, { volumes }: Running, facts: DrbdFacts): Command {
  const minor = volumes['0']?.minor;
  return command('drbdsetup', 'role', dialectOf(facts) === '8.4' && minor !== undefined ? String(minor) : name);
}

/** By the kernel's own name for it: its file may already be gone. A device that somebody has open is not taken down (tried, exit 11). */
function down(name: string, node: NodeName, role: Command): StepDraft {
  return {
    verb: 'down',
    node,
    title: `take down ${name}`,
    danger: 'interrupts',
    guards: [
      {
        ask: role,
        expect: { matches: '^Secondary' },
        proves: `${name} is Secondary here, so nobody uses it`,
      },
    ],
    actions: [run('drbdsetup', 'down', name)],
    reason: `the inventory says \`state: absent\`, and \`--allow-destroy volume/${name}\` was given`,
  };
}

function removeFile(name: string, node: NodeName, before: string): StepDraft {
  const action: RemoveFile = { do: 'remove', path: drbdPath(name), before };
  return {
    verb: 'forget',
    node,
    title: `remove ${drbdPath(name)}`,
    danger: 'none',
    guards: [],
    actions: [action],
    reason: 'the resource is to go',
  };
}

function inUse(name: string, node: NodeName) {
  return error('drbd/in-use', 'A volume that is to be removed is in use', `drbd/${name} is Primary on ${node}.`, {
    help: `Stop what uses it (\`xl list\`, \`lsblk\`), then there \`drbdadm secondary ${name}\`, and plan again.`,
  });
}
