/**
 * What playbooks may do with a domain. Each verb looks at every node of the site, because any may run it (X1), and keeps
 * its hands off what is unclear (3.2) or may be on its way to another node (W6).
 */
import { type Diagnostic, error, note } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { windowsOpen } from '../drbd/windows.ts';
import type { Site, Vm } from '../site.ts';
import type { Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { renderDomain } from './config.ts';
import type { Copy } from './copies.ts';
import type { Disk } from './devices.ts';
import { findEverywhere } from './find.ts';
import { lint } from './lint.ts';
import { askedNodes, disksOf } from './places.ts';
import { planStart } from './plan.ts';
import * as refusals from './refusals.ts';
import { lookElsewhere } from './steps.ts';
import { destroy, kept, primaries, release, shutdown } from './stop.ts';

export const vmParameter = { type: 'vm', means: 'the VM' } as const;

/** Verbs of a VM and nothing else. */
type OfVm = Verb<{ vm: typeof vmParameter }>;

/** One that no longer has anything of a VM in the inventory may still run it (X1). */
export function everyNode(_given: unknown, { nodes }: Site): readonly NodeName[] {
  return Object.keys(nodes);
}

const start: OfVm = {
  summary: 'start it at home, its disks made Primary before, where it is proven to run nowhere else',
  takes: { vm: vmParameter },
  nodes: everyNode,
  plan: ({ vm }, world) =>
    about(vm, world, {
      nowhere: (disks) => {
        const unsafe = lint(vm, disks, renderDomain(vm, disks, world));
        return unsafe.length > 0 ? refuse(...unsafe) : planStart(vm, disks, world);
      },
      running: (_disks, copy) => (copy.node === vm.home ? asWished : refuse(runsElsewhere(vm, copy))),
    }),
};

const timeout = { type: 'seconds', means: 'how long its guest may take' } as const;

const shutDown: Verb<{ vm: typeof vmParameter; timeout: typeof timeout }> = {
  summary: 'ask its guest to shut down, wait until it is gone, and make its disks Secondary',
  takes: { vm: vmParameter, timeout },
  nodes: everyNode,
  plan: ({ vm, timeout }, world) =>
    about(vm, world, {
      nowhere: () => asWished,
      running: (disks, copy) => ended(shutdown(vm, copy, timeout), vm, disks, copy.node, world),
    }),
};

const destroyIt: OfVm = {
  summary: 'end it without asking its guest, and make its disks Secondary',
  takes: { vm: vmParameter },
  nodes: everyNode,
  plan: ({ vm }, world) =>
    about(vm, world, {
      nowhere: () => asWished,
      running: (disks, copy) => ended(destroy(vm, copy), vm, disks, copy.node, world),
    }),
};

const settle: OfVm = {
  summary: 'after a start or a stop that broke off: disks Secondary where it runs nowhere, hands off where it runs',
  takes: { vm: vmParameter },
  nodes: everyNode,
  plan: ({ vm }, world) =>
    about(vm, world, {
      nowhere: (disks) => settleStopped(vm, disks, world),
      running: (_disks, copy) => ({ steps: [], diagnostics: [stillRuns(vm, copy)] }),
    }),
};

export const verbs = { start, shutdown: shutDown, destroy: destroyIt, settle };

interface Cases {
  nowhere(disks: readonly Disk[]): Verdict;
  running(disks: readonly Disk[], copy: Copy): Verdict;
}

function about(vm: Vm, world: World, cases: Cases): ReadonlyMap<string, Verdict> {
  return new Map([[vm.name, decide(vm, world, cases)]]);
}

function decide(vm: Vm, world: World, { nowhere, running }: Cases): Verdict {
  const disks = disksOf(world.site, vm, world);
  if (!disks.known) return refuse(refusals.noDevice(vm, disks.why));
  const found = findEverywhere(vm, world);
  const windows = disks.value.flatMap((disk) => windowsOf(disk, world));
  if (found.is === 'refused') return refuse(...found.problems, ...windows);
  if (windows.length > 0) return refuse(...windows);
  return found.is === 'nowhere' ? nowhere(disks.value) : running(disks.value, found.copy);
}

function windowsOf({ volume, replicated }: Disk, world: World): readonly Diagnostic[] {
  const found = world.site.volumes[volume];
  return replicated && found !== undefined ? windowsOpen(found, world) : [];
}

function ended(first: StepDraft, vm: Vm, disks: readonly Disk[], node: NodeName, world: World): Verdict {
  return { steps: [first, ...release(vm, disks, node, world)], diagnostics: kept(vm, disks, node, world) };
}

/** Nobody may run it while its disks change hands: looked for everywhere first. */
function settleStopped(vm: Vm, disks: readonly Disk[], world: World): Verdict {
  const nodes = askedNodes(world.site, vm);
  const held = nodes.filter((node) => primaries(vm, disks, node, world).length > 0);
  const diagnostics = nodes.flatMap((node) => kept(vm, disks, node, world));
  if (held.length === 0) return { steps: [], diagnostics };
  const others = nodes.filter((node) => !held.includes(node));
  const looked = nodes.map((node) => `${node}#absent`);
  const freed = held.flatMap((node) => release(vm, disks, node, world));
  const drafts = [...others.map((node) => lookElsewhere(vm, disks, node)), ...freed];
  return {
    steps: drafts.map((draft) => (draft.verb === 'absent' ? draft : { ...draft, needs: looked })),
    diagnostics,
  };
}

function runsElsewhere({ name, home }: Vm, { node, domain }: Copy): Diagnostic {
  return error(
    'domain/runs-elsewhere',
    'A domain runs on another node',
    `domain/${name} runs on ${node} (domain ${domain.id}); its home is ${home}.`,
    { help: `\`sanctl migrate ${name} ${home}\` moves it home as it runs.` },
  );
}

function stillRuns({ name }: Vm, { node, domain }: Copy): Diagnostic {
  const detail = `domain/${name} runs on ${node} (domain ${domain.id}, ${domain.state}). It is left as it is.`;
  return note('domain/runs', 'A domain runs', detail);
}
