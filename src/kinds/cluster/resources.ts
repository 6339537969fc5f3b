/** Mirrors and VMs, as the agents that look after them take them. Pure. */
import { domainPath } from '../file/paths.ts';
import type { Vm, Volume } from '../site.ts';
import { drbdId, metaId, mirrorId, paramsId, vmId } from './names.ts';
import type { Timing } from './timing.ts';
import { attributes, type Element, element, operation } from './xml.ts';

/** In MiB. */
const mebi = 2 ** 20;

/** P1, P7: said on each resource, because defaults of somebody else's (`rsc_defaults`, `op_defaults`) hold for ours too. */
const afterFencing = { requires: 'fencing' };
const stopOrFence = { 'on-fail': 'fence' };

/** One Primary, never two (P5). Notices are what tells DRBD that its peer was fenced. */
export function mirror({ name, replicas }: Volume, { mirror: times }: Timing): Element {
  const id = drbdId(name);
  const timed = (...list: readonly ('start' | 'promote' | 'demote' | 'stop' | 'notify')[]): readonly Element[] =>
    list.map((one) =>
      operation(id, one, { interval: '0s', timeout: `${times[one]}s`, ...(one === 'stop' ? stopOrFence : {}) }),
    );
  return element('clone', { id: mirrorId(name) }, [
    attributes('meta_attributes', metaId(mirrorId(name)), {
      promotable: 'true',
      'promoted-max': 1,
      'promoted-node-max': 1,
      'clone-max': replicas.length,
      'clone-node-max': 1,
      notify: 'true',
      interleave: 'true',
      ...afterFencing,
    }),
    element('primitive', { id, class: 'ocf', provider: 'linbit', type: 'drbd' }, [
      attributes('instance_attributes', paramsId(id), { drbd_resource: name }),
      element('operations', {}, [
        ...timed('start', 'promote', 'demote', 'stop', 'notify'),
        operation(id, 'monitor', { interval: '20s', timeout: `${times.monitor}s`, role: 'Unpromoted' }),
        // Two monitors of one resource need two intervals.
        element('op', {
          id: `promoted-${id}`,
          name: 'monitor',
          interval: '10s',
          timeout: `${times.monitor}s`,
          role: 'Promoted',
        }),
      ]),
    ]),
  ]);
}

/** Moved by a stop and a start: the agent’s own `migrate_to` is a bare `xl migrate` (docs/decisions/0015). */
export function machine(vm: Vm, { vm: times }: Timing): Element {
  const id = vmId(vm.name);
  return element('primitive', { id, class: 'ocf', provider: 'heartbeat', type: 'Xen' }, [
    attributes('meta_attributes', metaId(id), {
      'allow-migrate': 'false',
      'target-role': vm.state === 'running' ? 'Started' : 'Stopped',
      ...afterFencing,
    }),
    attributes('utilization', `utilization-${id}`, { memory: Math.ceil(vm.memory.bytes / mebi) }),
    attributes('instance_attributes', paramsId(id), {
      xmfile: domainPath(vm.name),
      name: vm.name,
      shutdown_timeout: times.shutdown,
    }),
    element('operations', {}, [
      operation(id, 'start', { interval: '0s', timeout: `${times.start}s` }),
      operation(id, 'stop', { interval: '0s', timeout: `${times.stop}s`, ...stopOrFence }),
      operation(id, 'monitor', { interval: '10s', timeout: `${times.monitor}s` }),
    ]),
  ]);
}
