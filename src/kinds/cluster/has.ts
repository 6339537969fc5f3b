/** Whether the cluster looks after a VM at this moment, whatever the inventory wants (P6). Pure. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { unreadable } from '../reading.ts';
import type { Vm } from '../site.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { heldByForeign } from './foreign.ts';
import { isManaged } from './members.ts';
import { vmId } from './names.ts';

/** Whose it is: nobody's but sanctl's; the cluster's, as the inventory wants it; or why that cannot be said, or is not so. */
export type Custody =
  | { readonly is: 'free' }
  | { readonly is: 'cluster' }
  | { readonly is: 'refused'; readonly problems: readonly Diagnostic[] };

export function custodyOf(vm: Vm, world: World): Custody {
  const foreign = heldByForeign(vm, world);
  if (foreign.length > 0) return { is: 'refused', problems: foreign };
  const { unread, has, valid } = seen(vm, world);
  if (unread.length > 0) return { is: 'refused', problems: has ? [held(vm)] : unread };
  if (!has) return { is: 'free' };
  // One that is to leave has lost its ties already, as far as the inventory goes.
  return valid && isManaged(world.site, vm) ? { is: 'cluster' } : { is: 'refused', problems: [held(vm)] };
}

/** Why nobody else may start or stop it; empty: the cluster does not run, or does not know it. */
export function heldByCluster(vm: Vm, world: World): readonly Diagnostic[] {
  const custody = custodyOf(vm, world);
  if (custody.is === 'refused') return custody.problems;
  return custody.is === 'cluster' ? [held(vm)] : [];
}

interface Seen {
  readonly unread: readonly Diagnostic[];
  /** Some member has it. */
  readonly has: boolean;
  /** Pacemaker refuses nothing of the wish. */
  readonly valid: boolean;
}

function seen(vm: Vm, { site, leftOut, have }: World): Seen {
  const wanted = isManaged(site, vm);
  const members = site.cluster?.nodes.filter((node) => !leftOut.includes(node)) ?? [];
  const prospects = members.map((node) => ({ node, prospect: have('cluster', node).prospect }));
  const running = prospects.flatMap(({ prospect }) =>
    prospect.known && prospect.value !== 'stopped' ? [prospect.value] : [],
  );
  const itself = `primitive ${vmId(vm.name)}`;
  const has = ({ changes, verified }: Prospect): boolean => {
    // To create it means that it is not there, to delete it that it is.
    const change = changes.find(({ what }) => what === itself);
    // What Pacemaker refuses proves nothing: it may be there already, in a group of somebody's.
    if (wanted && verified.is === 'invalid') return true;
    return wanted ? change?.operation !== 'create' : change?.operation === 'delete';
  };
  return {
    unread: prospects.flatMap(({ node, prospect }) =>
      prospect.known ? [] : [unreadable(`domain/${vm.name}`, node, prospect.why)],
    ),
    has: running.some(has),
    valid: running.every(({ verified }) => verified.is !== 'invalid'),
  };
}

function held({ name }: Vm): Diagnostic {
  return error(
    'cluster/holds-it',
    'The cluster runs this VM, and nobody else may',
    `domain/${name} belongs to Pacemaker: what is done behind its back it takes for a failure, and puts right (P6).`,
    {
      help: `To stop it, say \`state: stopped\` in the inventory, or to have it back, \`highlyAvailable: false\`; then apply. To move it as it runs: \`sanctl migrate ${name} NODE\`.`,
    },
  );
}
