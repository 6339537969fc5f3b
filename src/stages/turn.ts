/** One node's turn of a rolling reboot, decided over a look at all nodes: whether it may begin, and how far it is afterwards. Pure. */
import { type Diagnostic, error, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import { serviceId } from '../kinds/cluster/services.ts';
import { notCalm } from '../kinds/cluster/shutdown.ts';
import { evacuable } from '../kinds/domain/move/evacuable.ts';
import type { Evacuation } from '../kinds/domain/move/evacuate.ts';
import { type Failback, failback } from '../kinds/domain/move/failback.ts';
import { whole } from '../kinds/drbd/refill.ts';
import { givesTo } from '../kinds/drbd/remarks.ts';
import { notBooted } from '../kinds/host/reboot.ts';
import { roundOf } from '../kinds/host/round.ts';
import { onNode } from '../kinds/on-node.ts';
import type { World } from '../kinds/world.ts';
import { makePlan, type PlanInput, unique, worldOf } from '../plan/make.ts';
import type { Plan } from '../plan/plan.ts';
import { formatSize } from '../quantity.ts';
import type { NodeName, Step } from '../step.ts';
import type { Outlook, Turn } from '../view/rebooting.ts';
import { list } from '../view/wrap.ts';

/** All turns at once: whoever begins need not learn at the last node that it cannot boot. */
export function outlook(chosen: readonly NodeName[], anew: boolean, input: PlanInput): Result<Outlook> {
  const world = worldOf(input, input.site);
  const { began, last, turns, problems } = roundOf(world, anew);
  const others = [...turns.keys()].filter((node) => !chosen.includes(node));
  const found = [
    ...problems,
    ...(others.length > 0 ? [otherNodes(others, began ?? '')] : []),
    ...chosen.flatMap((node) => notBooted(node, input.site)),
  ];
  if (hasErrors(found)) return failed(...found);
  const is = (node: NodeName): Turn['is'] => {
    const turn = turns.get(node);
    return turn === undefined ? 'ahead' : turn.booted ? 'booted' : 'begun';
  };
  const order = ['booted', 'begun', 'ahead'] as const;
  const inOrder = order.flatMap((one) => chosen.filter((node) => is(node) === one));
  // Until what has booted is whole again, the others could not boot anyway: they are looked at in their turn.
  const early = inOrder.some((node) => is(node) === 'booted');
  const gates = new Map(early ? [] : inOrder.map((node) => [node, mayLeave(node, input)] as const));
  const said = unique([...gates.values()].flatMap(({ diagnostics }) => diagnostics));
  if (hasErrors(said)) return failed(...said);
  const seen = inOrder.map((node): Turn => {
    const gate = gates.get(node);
    return {
      node,
      is: is(node),
      left: turns.get(node)?.left ?? [],
      leaving: gate?.ok === true ? gate.value : undefined,
    };
  });
  return ok({ began, last, turns: seen }, said);
}

/** Before anything leaves it: all is as the inventory says, its mirrors are whole, and each VM finds a place. */
export function mayLeave(node: NodeName, input: PlanInput): Result<Evacuation> {
  const world = worldOf(input, input.site);
  const planned = makePlan(input);
  const missing = planned.ok ? planned.value.steps.filter((step) => !isOfVm(step)) : [];
  const evacuation = evacuable(node, world);
  const problems = unique([
    ...notBooted(node, input.site),
    ...(planned.ok ? [] : planned.diagnostics.filter(({ severity }) => severity === 'error')),
    ...(missing.length > 0 ? [applyFirst(missing)] : []),
    ...notCalm(world),
    ...servicesOn(node, world),
    ...notWhole(node, world),
    ...evacuation.diagnostics.filter(({ severity }) => severity === 'error'),
    ...(evacuation.ok && evacuation.value.stays.length > 0 ? [strangers(node, evacuation.value)] : []),
  ]);
  return evacuation.ok && problems.length === 0 ? ok(evacuation.value) : failed(...problems);
}

export type Settling =
  /** `copies`: for what takes its time by itself. */
  | { readonly is: 'waits'; readonly why: string; readonly copies: boolean; readonly problems: readonly Diagnostic[] }
  /** What a boot leaves to be done. */
  | { readonly is: 'steps'; readonly plan: Plan }
  | { readonly is: 'stopped'; readonly problems: readonly Diagnostic[] }
  | { readonly is: 'whole'; readonly found: Failback };

/** After its boot. `still`: the VMs that ran nowhere before. */
export function settling(
  node: NodeName,
  left: readonly string[],
  still: ReadonlySet<string> | undefined,
  input: PlanInput,
): Settling {
  const world = worldOf(input, input.site);
  const { xen } = world.have('host', node);
  const waits = (why: string, problems: readonly Diagnostic[], copies = false): Settling => ({
    is: 'waits',
    why,
    copies,
    problems,
  });
  if (onNode(input.site, node).vms.length > 0 && (!xen.known || xen.value === 'absent'))
    return waits(`no hypervisor answers on ${node}`, [noHypervisor(node, xen.known ? 'xl is not there' : xen.why)]);
  const restless = notCalm(world);
  if (restless.length > 0) return waits(`the cluster is not at rest: ${restless[0]?.detail}`, restless);
  const planned = makePlan(input);
  if (!planned.ok) {
    const problems = planned.diagnostics.filter(({ severity }) => severity === 'error');
    return waits(problems.map(({ summary, code }) => `${summary} [${code}]`).join('; '), problems);
  }
  const { steps } = planned.value;
  const fallen = [...vmsOf(steps)].filter((vm) => still?.has(vm) === false);
  if (fallen.length > 0) return { is: 'stopped', problems: [stoppedSince(fallen)] };
  const own = steps.filter((step) => !isOfVm(step));
  const foreign = own.filter((step) => !isLeftByBoot(step, node));
  if (foreign.length > 0) return { is: 'stopped', problems: [otherThanBefore(node, foreign)] };
  if (own.length > 0) return { is: 'steps', plan: { ...planned.value, steps: own } };
  const weak = notWhole(node, world);
  const copying = copyingOf(node, world);
  if (weak.length > 0)
    return copying.length > 0
      ? waits(copying.join('; '), weak, true)
      : waits(weak.map(({ detail }) => detail.replace(/\.$/, '')).join('; '), weak);
  const vms = left.flatMap((name) => input.site.vms[name] ?? []);
  const found = failback(vms, world);
  return found.problems.length > 0 ? { is: 'stopped', problems: found.problems } : { is: 'whole', found };
}

/** Those that the inventory wants to run, and that stand still. */
export function standingStill(input: PlanInput): ReadonlySet<string> {
  const planned = makePlan(input);
  return planned.ok ? vmsOf(planned.value.steps) : new Set();
}

function vmsOf(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.filter(isOfVm).map(({ id }) => id.slice('domain/'.length, id.lastIndexOf('@'))));
}

/** What stands still is a person's: it is neither moved nor started. */
function isOfVm({ id }: Step): boolean {
  return id.startsWith('domain/');
}

/**
 * Mirrors that nobody brings up at boot, on either side of them, and what they stand on. What would make anything anew (metadata, a
 * volume) is no matter of a boot: something is gone.
 */
const leftByBoot = /^(drbd\/.+#(up|connected)|volume\/.+#activate|module\/.+)$/;

function isLeftByBoot({ id, node, danger }: Step, booted: NodeName): boolean {
  return danger === 'none' && leftByBoot.test(id) && (node === booted || id.startsWith('drbd/'));
}

/** What the cluster runs there without a VM would stop, and start elsewhere. */
function servicesOn(node: NodeName, world: World): readonly Diagnostic[] {
  const { running } = world.have('drbd', node);
  if (!running.known) return [];
  const found = world.site.cluster?.services.filter(({ volume }) => running.value[volume]?.role === 'Primary') ?? [];
  return found.map(({ name }) =>
    error('reboot/service', 'A node that is to boot runs a service of the cluster', `${node} runs ${name}.`, {
      help: `It would stop and start elsewhere: move it at a time of your choice, \`crm_resource --move --resource ${serviceId(name)}\`, and then \`--clear\`.`,
    }),
  );
}

function notWhole(name: NodeName, world: World): readonly Diagnostic[] {
  const node = world.site.nodes[name];
  return node === undefined ? [] : whole.check({ node }, world);
}

/** `web-root from bravo: 12 MiB to go`. */
function copyingOf(node: NodeName, world: World): readonly string[] {
  return onNode(world.site, node).replicated.flatMap(({ name, replicas }) =>
    replicas.flatMap((from) => {
      const { running } = world.have('drbd', from);
      const side = { node: from, running: running.known ? running.value[name] : undefined };
      return givesTo(side).map(({ outOfSyncBytes }) => `${name} from ${from}: ${formatSize(outOfSyncBytes)} to go`);
    }),
  );
}

function titles(steps: readonly Step[]): string {
  const more = steps.length - 5;
  return [
    ...steps.slice(0, 5).map(({ node, title }) => `${title} (${node})`),
    ...(more > 0 ? [`${more} more`] : []),
  ].join('; ');
}

function applyFirst(steps: readonly Step[]): Diagnostic {
  return error(
    'reboot/apply-first',
    'The nodes are not as the inventory says',
    `Apply would still: ${titles(steps)}.`,
    {
      help: '`sanctl apply` first: after a boot it must be seen what the boot has changed, and nothing else.',
    },
  );
}

function otherThanBefore(node: NodeName, steps: readonly Step[]): Diagnostic {
  const detail = `Since ${node} booted, apply would: ${titles(steps)}.`;
  return error('reboot/not-as-before', 'A node came back other than it was', detail, {
    help: '`sanctl plan` shows all of it. Once that is right, the same command goes on.',
  });
}

function stoppedSince(vms: readonly string[]): Diagnostic {
  const detail = `${list(vms)} ran before, and ${vms.length === 1 ? 'runs' : 'run'} nowhere now.`;
  return error('reboot/vm-stopped', 'A VM has stopped meanwhile', detail, {
    help: `${vms.map((vm) => `\`sanctl vm start ${vm}\``).join(', ')} when you know why; then the same command goes on.`,
  });
}

function noHypervisor(node: NodeName, why: string): Diagnostic {
  return error('reboot/no-hypervisor', 'A node came back without its hypervisor', `${node}: ${why}.`, {
    help: `It may have booted a kernel without Xen: \`xl info\` and \`cat /proc/cmdline\` there, and the order in /boot/grub/grub.cfg. Its VMs run elsewhere. Boot it right; then the same command goes on.`,
  });
}

function strangers(node: NodeName, { stays }: Evacuation): Diagnostic {
  const detail = `${node} runs ${list(stays.map(({ name }) => name))}.`;
  return error('reboot/in-use', 'A node that is to boot runs domains', detail, {
    help: 'The inventory does not know them. Stop or move them by hand.',
  });
}

function otherNodes(nodes: readonly NodeName[], began: string): Diagnostic {
  const detail = `It began ${began}, and ${list(nodes)} ${nodes.length === 1 ? 'has' : 'have'} begun.`;
  return error('reboot/under-way', 'A rolling reboot of other nodes is not over', detail, {
    help: `Name ${nodes.length === 1 ? 'it' : 'them'} as well, or no node at all, to go on with it; \`--anew\` forgets it, and which VMs are to come home.`,
  });
}
