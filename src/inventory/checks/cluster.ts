/** A cluster that could not be trusted is refused here: no fencing, a VM that is not tied to its disks (P1, P4). */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { missingKey } from '../explain.ts';
import { mistake } from '../problem.ts';
import type { FenceSpec } from '../schema/cluster.ts';
import type { Path } from '../tree.ts';
import { alertsIn } from './alerts.ts';
import { canonical } from './nodes.ts';
import { type Check, entries, items, ownValue, type Subject, type Use, usedTwice } from './subject.ts';

export const cluster: Check = (subject) => {
  const members = items(subject.draft.cluster?.nodes).filter(([, node]) => subject.names.nodes.known.has(node));
  return [
    ...members.flatMap(([at, node]) => member(at, node, subject)),
    ...rings(members, subject),
    ...entries(subject.draft.nodes).flatMap(([node, { fence }]) => secretOptions(node, fence, subject)),
    ...sameDevice(subject),
    ...alertsIn(subject, 'cluster'),
  ];
};

/** P1: a node that nobody can shoot stops the whole cluster when it dies, or worse. */
function member(at: number, node: string, { draft, locate }: Subject): readonly Diagnostic[] {
  const spec = ownValue(draft.nodes, node);
  if (spec === undefined) return [];
  const unfenced = locate.has('nodes', node, 'fence')
    ? []
    : [
        mistake(
          'inventory/unsafe',
          locate.value('cluster', 'nodes', at),
          `The cluster has the member ${node}, and nothing can take its power away: whether it is dead would never be certain (P1).`,
          `Set \`nodes.${node}.fence\`, for example \`{ agent: fence_ipmilan, options: { ip: 192.0.2.11, username: admin, lanplus: 1 }, password: ipmi }\`.`,
        ),
      ];
  const help = 'What Xen has for guests, without dom0’s own: `xl info` says it (`total_memory`).';
  const unmeasured = locate.has('nodes', node, 'guestMemory')
    ? []
    : [missingKey(['nodes', node], 'guestMemory', locate, help)];
  return [...unfenced, ...unmeasured];
}

/** One of two rings that only some have would be no ring. */
function rings(members: readonly [number, string][], subject: Subject): readonly Diagnostic[] {
  const { draft, locate } = subject;
  const without = members.filter(([, node]) => !locate.has('nodes', node, 'ring1'));
  const partly = without.length < members.length ? without : [];
  const addresses = entries(draft.nodes).flatMap(([node, { address, ring1 }]): Use[] => [
    ...(address === undefined ? [] : [use(address, node, 'address')]),
    ...(ring1 === undefined ? [] : [use(ring1, node, 'ring1')]),
  ]);
  return [
    ...partly.map(([, node]) =>
      mistake(
        'inventory/conflict',
        locate.key('nodes', node),
        `${node} has no \`ring1\`, and other members of the cluster have.`,
        'All members have a second ring, or none.',
      ),
    ),
    ...usedTwice(subject, addresses, 'Each ring of each node has an address of its own.').filter(
      // Two equal `address`es are told elsewhere.
      ({ detail }) => detail.includes('ring1'),
    ),
  ];
}

function use(address: string, node: string, key: 'address' | 'ring1'): Use {
  return { key: canonical(address), what: `The address ${address} (${key} of ${node})`, path: ['nodes', node, key] };
}

const secrets = /passw|secret|token|community|hexadecimal_kg/;
/** What Pacemaker says by itself, or sanctl by `plug`. */
const reserved = ['action', 'delay', 'nodename', 'plug', 'port'];

function secretOptions(
  node: string,
  fence: Partially<FenceSpec> | undefined,
  { locate }: Subject,
): readonly Diagnostic[] {
  const path = ['nodes', node, 'fence', 'options'];
  return entries(fence?.options).flatMap(([name]) => {
    if (secrets.test(name)) return [plainPassword(node, name, locate)];
    if (!reserved.includes(name)) return [];
    const detail = `\`nodes.${node}.fence.options.${name}\` is for the cluster itself to say.`;
    const help = name === 'plug' || name === 'port' ? `An outlet is \`nodes.${node}.fence.plug\`.` : undefined;
    return [mistake('inventory/conflict', locate.key(...path, name), detail, help)];
  });
}

/** Options are shown wherever the cluster's configuration is; so is the line that holds this one, unless it is kept back here. */
function plainPassword(node: string, name: string, locate: Subject['locate']): Diagnostic {
  const { file, line, column } = locate.key('nodes', node, 'fence', 'options', name);
  const detail = `\`nodes.${node}.fence.options.${name}\` is a secret, and options are shown to everybody.`;
  const help = `Take it out, and name the secret in \`nodes.${node}.fence.password\`.`;
  return mistake('inventory/inline-secret', { file, line, column }, detail, help);
}

/** Whoever means to shoot one would shoot the other. */
function sameDevice(subject: Subject): readonly Diagnostic[] {
  const uses = entries(subject.draft.nodes).flatMap(([node, { fence }]): Use[] => {
    if (fence?.agent === undefined) return [];
    const options = entries(fence.options).sort(([a], [b]) => (a < b ? -1 : 1));
    const path: Path = ['nodes', node, 'fence', 'agent'];
    // One address is one device, whoever logs in there, and by whatever agent.
    const at = options.filter(([name]) => /^(ip|ipaddr|ipport)$/.test(name));
    const device = at.length === 0 ? [fence.agent, options] : at.map(([name, value]) => [name, String(value)]);
    return [{ key: JSON.stringify([device, fence.plug]), what: `The fence device of ${node}`, path }];
  });
  return usedTwice(subject, uses, 'Each node has a device, or an outlet (`plug`), of its own.');
}
