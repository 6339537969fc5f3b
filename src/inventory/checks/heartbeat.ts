/** What the classic heartbeat cannot hold of an inventory is refused, and never left out. */
import type { Diagnostic } from '../../diagnostic.ts';
import { missingKey } from '../explain.ts';
import { mistake } from '../problem.ts';
import { type Check, entries, items, ownValue, type Subject } from './subject.ts';

export const heartbeat: Check = (subject) => {
  const { draft, locate } = subject;
  if (draft.cluster === undefined) return [];
  if (draft.cluster.engine !== 'heartbeat') return notItsOwn(subject);
  const members = items(draft.cluster.nodes);
  const [, , third] = members;
  const more =
    third === undefined
      ? []
      : [
          cannot(
            locate.value('cluster', 'nodes', third[0]),
            'two nodes, and no more: without a resource manager it has no quorum',
          ),
        ];
  return [...more, ...links(subject), ...members.flatMap(([, node]) => fenceOf(node, subject)), ...told(subject)];
};

function cannot(at: ReturnType<Subject['locate']['value']>, what: string, help = pacemaker): Diagnostic {
  return mistake('inventory/not-supported', at, `The classic heartbeat has ${what}.`, help);
}

const pacemaker = '`engine: pacemaker` can (docs/cluster.md).';

function notItsOwn({ locate }: Subject): readonly Diagnostic[] {
  if (!locate.has('cluster', 'interfaces')) return [];
  const detail = '`cluster.interfaces` is for `engine: heartbeat`: Corosync finds the way by its addresses.';
  return [mistake('inventory/conflict', locate.key('cluster', 'interfaces'), detail, 'Take it out.')];
}

/** It binds to a device, which no address tells: one for each ring. */
function links({ draft, locate }: Subject): readonly Diagnostic[] {
  const help =
    'The network device of `address`, then that of `ring1`: `interfaces: [eth1, eth2]`; the same on both nodes.';
  if (!locate.has('cluster', 'interfaces')) return [missingKey(['cluster'], 'interfaces', locate, help)];
  const members = items(draft.cluster?.nodes).map(([, node]) => node);
  const rings = members.some((node) => locate.has('nodes', node, 'ring1')) ? 2 : 1;
  const devices = draft.cluster?.interfaces ?? [];
  // One that is refused by itself is one all the same.
  const count = locate.has('cluster', 'interfaces', devices.length) ? rings : devices.length;
  if (count === rings) return [];
  const detail = `\`cluster.interfaces\` names ${count}, and its nodes have ${rings === 1 ? 'one address' : 'two addresses'} each.`;
  return [mistake('inventory/conflict', locate.key('cluster', 'interfaces'), detail, help)];
}

const known = ['ip', 'ipaddr', 'username', 'login', 'lanplus'];

/** It shoots by plugins of its own (cluster-glue); of those, `external/ipmi` is what `fence_ipmilan` is to Pacemaker. */
function fenceOf(node: string, { draft, locate }: Subject): readonly Diagnostic[] {
  const fence = ownValue(draft.nodes, node)?.fence;
  const at = ['nodes', node, 'fence'] as const;
  if (fence?.agent === undefined) return [];
  if (fence.agent !== 'fence_ipmilan')
    return [cannot(locate.value(...at, 'agent'), 'no power switch but IPMI here: `agent: fence_ipmilan`')];
  const options = entries(fence.options).map(([name]) => name);
  const strange = options.filter((name) => !known.includes(name));
  const lacking = [
    ...(options.some((name) => name === 'ip' || name === 'ipaddr') ? [] : ['options.ip']),
    ...(options.some((name) => name === 'username' || name === 'login') ? [] : ['options.username']),
    ...(locate.has(...at, 'password') ? [] : ['password']),
  ];
  return [
    ...strange.map((name) =>
      cannot(locate.key(...at, 'options', name), `no options of a power switch but ${known.join(', ')}`),
    ),
    ...(locate.has(...at, 'plug')
      ? [cannot(locate.key(...at, 'plug'), 'one power switch for each node, without outlets')]
      : []),
    ...lacking.map((name) => {
      const detail = `\`nodes.${node}.fence\` has no \`${name}\`: without it the classic heartbeat shoots nobody (P1).`;
      return mistake('inventory/unsafe', locate.key(...at), detail, `Set \`nodes.${node}.fence.${name}\`.`);
    }),
  ];
}

function told({ draft, locate }: Subject): readonly Diagnostic[] {
  return items(draft.cluster?.alerts).flatMap(([at]) =>
    locate.has('cluster', 'alerts', at, 'command')
      ? [cannot(locate.key('cluster', 'alerts', at, 'command'), 'alerts by `mail` only')]
      : [],
  );
}
