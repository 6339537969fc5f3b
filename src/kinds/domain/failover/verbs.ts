/** The verbs of a failover, once the node is proven dead: its VMs start on the other halves of their mirrors, or nothing stays half done. */
import { type Diagnostic, hasErrors } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import { type Probe, run } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import { onePrimaryAtMost } from '../../drbd/ask.ts';
import { isAlone, lostProbe } from '../../drbd/lost.ts';
import { deadParameter, survivors, theDead } from '../../host/death.ts';
import type { Node, Site, Vm } from '../../site.ts';
import type { Asks, Check, Verb } from '../../verb.ts';
import { refuse, type StepDraft, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { notRunning } from '../checks.ts';
import type { Disk } from '../devices.ts';
import { findEverywhere } from '../find.ts';
import { hasAsks, movementAsks } from '../move/asks.ts';
import { askedNodes, disksOf } from '../places.ts';
import { diskNotPrimary } from '../refusals.ts';
import { lookElsewhere, start } from '../steps.ts';
import { kept, primaries, release } from '../stop.ts';
import { candidates, failover } from './candidates.ts';
import { nothing } from './refusals.ts';
import type { Start } from './start.ts';

const vms = { type: 'text', means: 'the VMs, with commas between; `all` for all that it could have run' } as const;
const age = { type: 'seconds', means: 'for how long a mirror may have been without it' } as const;

type OfDead = { node: typeof deadParameter; vms: typeof vms };

export const takeOver: Verb<OfDead & { age: typeof age }> = {
  summary:
    'start the VMs of a node that is proven dead where the other halves of their mirrors are, if those were whole at its end',
  takes: { node: deadParameter, vms, age },
  nodes: survivors,
  dead: theDead,
  asks: takeOverAsks,
  plan: ({ node, vms: names, age: limit }, world) => {
    const { starts, diagnostics } = failover(node, names, limit, world);
    const said = starts.length > 0 || hasErrors(diagnostics) ? diagnostics : [...diagnostics, nothing(node.name)];
    if (hasErrors(said)) return new Map([[node.name, refuse(...said)]]);
    return new Map(
      starts.map((one, at) => [
        one.vm.name,
        { steps: started(one, node.name, world), diagnostics: at === 0 ? said : [] },
      ]),
    );
  },
};

/** In the order: nobody has it, its mirrors, itself. */
function started({ vm, to, disks }: Start, dead: NodeName, world: World): readonly StepDraft[] {
  const others = askedNodes(world.site, vm).filter((node) => node !== to && node !== dead);
  const looked = others.map((node) => `${node}#absent`);
  const { running } = world.have('drbd', to);
  const held = (volume: string): boolean => running.known && running.value[volume]?.role === 'Primary';
  return [
    ...others.map((node) => lookElsewhere(vm, disks, node)),
    ...disks.filter(({ volume }) => !held(volume)).map((disk) => ({ ...promoted(disk, to, dead), needs: looked })),
    {
      ...start({ ...vm, home: to }, disks, others, [], ({ volume }) => isAlone(volume, 'Primary')),
      title: `start ${vm.name} on ${to} (${formatSize(vm.memory.bytes)}, ${vm.vcpus} vcpu)`,
      reason: `${dead} is dead, and it runs on none of the others`,
      redundancy: { copies: 1, until: `${dead} is back and in sync` },
    },
  ];
}

function promoted({ volume }: Disk, node: NodeName, dead: NodeName): StepDraft {
  return {
    verb: `promote-${volume}`,
    node,
    title: `make ${node} Primary for ${volume}, without ${dead}`,
    danger: 'none',
    guards: [isAlone(volume, 'Secondary'), onePrimaryAtMost(volume)],
    actions: [run('drbdadm', 'primary', volume)],
    reason: 'its other side is dead, and it was whole here at the end (D12)',
  };
}

function takeOverAsks({ node }: { readonly node: Node }, site: Site): Asks {
  const all = new Map<NodeName, readonly Probe[]>();
  const put = (name: NodeName, probes: readonly Probe[]): void =>
    void all.set(name, [...(all.get(name) ?? []), ...probes]);
  const own = survivors({ node }, site);
  for (const name of own) put(name, [lostProbe]);
  for (const vm of Object.values(site.vms).filter((one) => askedNodes(site, one).includes(node.name))) {
    for (const [name, probes] of movementAsks(vm, site)) if (own.includes(name)) put(name, probes);
    for (const name of askedNodes(site, vm)) if (own.includes(name)) put(name, hasAsks(vm));
  }
  return all;
}

/** Planned from a new look, after it broke off: what runs, runs on; what does not, gives its disks free. */
export const settleTakeOver: Verb<OfDead> = {
  summary: 'after a take-over that broke off: disks Secondary where a VM runs nowhere, hands off where it runs',
  takes: { node: deadParameter, vms },
  nodes: survivors,
  dead: theDead,
  plan: ({ node, vms: names }, world) => {
    const { found, diagnostics } = candidates(node, names, world);
    if (hasErrors(diagnostics)) return new Map([[node.name, refuse(...diagnostics)]]);
    return new Map(found.map(({ vm, disks }) => [vm.name, freed(vm, disks, node.name, world)]));
  },
};

function freed(vm: Vm, disks: readonly Disk[], dead: NodeName, world: World): Verdict {
  const nodes = askedNodes(world.site, vm).filter((node) => node !== dead);
  const held = nodes.filter((node) => primaries(vm, disks, node, world).length > 0);
  const diagnostics = nodes.flatMap((node) => kept(vm, disks, node, world));
  if (held.length === 0) return { steps: [], diagnostics };
  const drafts = [
    ...nodes.filter((node) => !held.includes(node)).map((node) => lookElsewhere(vm, disks, node)),
    ...held.flatMap((node) => release(vm, disks, node, world)),
  ];
  const looked = nodes.map((node) => `${node}#absent`);
  return { steps: drafts.map((draft) => (draft.verb === 'absent' ? draft : { ...draft, needs: looked })), diagnostics };
}

export const tookOver: Check<OfDead> = {
  summary:
    'each VM that it could have run, and that the other halves of its mirrors can carry, runs once, on one of the other nodes',
  takes: { node: deadParameter, vms },
  nodes: survivors,
  dead: theDead,
  check: ({ node, vms: names }, world) => {
    const { found, diagnostics } = candidates(node, names, world);
    return [...diagnostics, ...found.map(({ vm }) => notRunning(vm)), ...withoutDisks(node, world)];
  },
};

/** `xl create` runs a guest on a device that is not Primary, and it waits for ever (tried, Xen 4.17). */
function withoutDisks(node: Node, world: World): readonly Diagnostic[] {
  return Object.values(world.site.vms).flatMap((vm) => {
    const where = askedNodes(world.site, vm).includes(node.name) ? findEverywhere(vm, world) : { is: 'nowhere' };
    const disks = disksOf(world.site, vm, world);
    if (!('copy' in where) || !disks.known) return [];
    const { running } = world.have('drbd', where.copy.node);
    const idle = disks.value.filter(
      ({ volume, replicated }) => replicated && running.known && running.value[volume]?.role !== 'Primary',
    );
    return idle.map(({ volume }) => ({ ...diskNotPrimary(vm, where.copy.node, volume), severity: 'error' as const }));
  });
}
