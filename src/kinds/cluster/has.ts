/** Whether the cluster looks after a VM at this moment, whatever the inventory wants (P6). Pure. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { unreadable } from '../reading.ts';
import type { Vm } from '../site.ts';
import type { World } from '../world.ts';
import { heldByForeign } from './foreign.ts';
import { isManaged } from './members.ts';
import { vmId } from './names.ts';

/** Why nobody else may start, stop or move it; empty: the cluster does not run, or does not know it. */
export function heldByCluster(vm: Vm, world: World): readonly Diagnostic[] {
  const { cluster } = world.site;
  const foreign = heldByForeign(vm, world);
  if (cluster === undefined || foreign.length > 0) return foreign;
  const wanted = isManaged(world.site, vm);
  const members = cluster.nodes.filter((node) => !world.leftOut.includes(node));
  const prospects = members.map((node) => ({ node, prospect: world.have('cluster', node).prospect }));
  const unread = prospects.flatMap(({ node, prospect }) =>
    prospect.known ? [] : [unreadable(`domain/${vm.name}`, node, prospect.why)],
  );
  const holds = prospects.some(({ prospect }) => {
    if (!prospect.known || prospect.value === 'stopped') return false;
    const itself = `primitive ${vmId(vm.name)}`;
    // To create it means that it is not there, to delete it that it is.
    const change = prospect.value.changes.find(({ what }) => what === itself);
    // What Pacemaker refuses proves nothing: it may be there already, in a group of somebody's.
    if (wanted && prospect.value.verified.is === 'invalid') return true;
    return wanted ? change?.operation !== 'create' : change?.operation === 'delete';
  });
  return holds ? [held(vm)] : unread;
}

function held({ name }: Vm): Diagnostic {
  return error(
    'cluster/holds-it',
    'The cluster runs this VM, and nobody else may',
    `domain/${name} belongs to Pacemaker: what is done behind its back it takes for a failure, and puts right (P6).`,
    {
      help: `To stop it, say \`state: stopped\` in the inventory, or to have it back, \`highlyAvailable: false\`; then apply. To move it now, by a stop and a start, on a member: \`crm_resource --resource ${vmId(name)} --move --node NODE\`, and afterwards \`crm_resource --resource ${vmId(name)} --clear\`.`,
    },
  );
}
