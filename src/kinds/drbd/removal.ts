/** A replicated volume that is to go (`state: absent`): DRBD lets go of the slices before the volume kind removes them. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type RemoveFile, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { whyForeign } from '../file/index.ts';
import { drbdPath } from '../file/paths.ts';
import { unreadable } from '../reading.ts';
import { asWished, refuse, type StepDraft, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { secondary } from './ask.ts';
import { dialectOf } from './dialect.ts';
import type { DrbdFacts, Running } from './facts.ts';
import { otherDevice } from './refusals.ts';
import type { DrbdWant } from './resource.ts';

/** Without the operator's word the volume itself is refused; nothing is done here then. */
export function planRemoval(want: DrbdWant, world: World): Verdict {
  const { name, replicas } = want.volume;
  if (!world.allowDestroy.has(`volume/${name}`)) return asWished;
  const verdicts = replicas.map((node) => removeOn(want, node, world));
  const users = replicas.flatMap((node) => primariesSeenFrom(name, node, world));
  return {
    steps: verdicts.flatMap((verdict) => verdict.steps),
    diagnostics: [
      ...verdicts.flatMap((verdict) => verdict.diagnostics),
      ...(users.length > 0 ? [inUse(name, [...new Set(users)])] : []),
    ],
  };
}

/** Each node knows its own role, and that of a connected peer: by its name on 9, without one on 8.4, which has two nodes. */
function primariesSeenFrom(name: string, node: NodeName, world: World): readonly string[] {
  const { running } = world.have('drbd', node);
  const now = running.known ? running.value[name] : undefined;
  const peers = (now?.connections ?? []).filter(({ role }) => role === 'Primary');
  return [
    ...(now?.role === 'Primary' ? [node] : []),
    ...peers.map(({ peer }) => (peer === '' ? `the peer of ${node}` : peer)),
  ];
}

function removeOn({ volume }: DrbdWant, node: NodeName, world: World): Verdict {
  const { name } = volume;
  const { running, configured } = world.have('drbd', node);
  const files = world.have('file', node);
  const file = files.files[drbdPath(name)];
  if (!running.known) return refuse(unreadable(`drbd/${name}`, node, running.why));
  if (!configured.known) return refuse(unreadable(`drbd/${name}`, node, configured.why));
  if (file === undefined || !file.known)
    return refuse(unreadable(`drbd/${name}`, node, file?.why ?? 'its file was not asked for'));
  const now = running.value[name];
  const other = otherDevice(volume, { node, running: now, configured: configured.value[name] });
  if (other.length > 0) return refuse(...other);
  const foreign =
    file.value === 'absent' || world.adopt.has(drbdPath(name))
      ? undefined
      : whyForeign(files, drbdPath(name), file.value);
  if (foreign !== undefined) return refuse(fileNotOurs(name, node, foreign));
  const steps: StepDraft[] = [];
  if (now !== undefined) steps.push(down(name, node, unused(name, now, world.have('drbd', node))));
  if (file.value !== 'absent' && file.value.type === 'file') steps.push(removeFile(name, node, file.value.sha256));
  return { steps, diagnostics: [] };
}

/**
 * `drbdsetup role` of 8.4 wants a minor and answers for the peer as well, that of 9 a resource and for this node alone
 * (tried, dry, drbd-utils 9.22); there `status` has a line for each peer (drbdsetup-status(8); not tried).
 */
function unused(name: string, { volumes }: Running, facts: DrbdFacts): readonly Guard[] {
  const minor = volumes['0']?.minor;
  const isEight = dialectOf(facts) === '8.4' && minor !== undefined;
  const role: Guard = {
    ask: command('drbdsetup', 'role', isEight ? String(minor) : name),
    expect: secondary,
    proves: `${name} is Secondary here${isEight ? ' and on its peer' : ''}, so nobody uses it`,
  };
  if (isEight) return [role];
  const peers: Guard = {
    ask: command('drbdsetup', 'status', name),
    expect: { lacks: 'role:Primary' },
    proves: `no connected node is Primary for ${name}`,
  };
  return [role, peers];
}

/** By the kernel's own name for it: its file may already be gone. A device that somebody has open is not taken down (tried, exit 11). */
function down(name: string, node: NodeName, guards: readonly Guard[]): StepDraft {
  return {
    verb: 'down',
    node,
    title: `take down ${name}`,
    danger: 'interrupts',
    guards,
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

/** C8, C11: what somebody else wrote goes by his word only. */
function fileNotOurs(name: string, node: NodeName, why: string): Diagnostic {
  const path = drbdPath(name);
  return error(
    'drbd/file-not-ours',
    'The file of a resource that is to go is not sanctl’s',
    `${path} on ${node} would be removed with drbd/${name}, but ${why}.`,
    { help: `Look at it; then \`--adopt ${path}\` lets it go.` },
  );
}

function inUse(name: string, users: readonly string[]) {
  const detail = `drbd/${name} is Primary on ${users.join(' and ')}.`;
  return error('drbd/in-use', 'A volume that is to be removed is in use', detail, {
    help: `Stop what uses it (\`xl list\`, \`lsblk\`), then there \`drbdadm secondary ${name}\`, and plan again.`,
  });
}
