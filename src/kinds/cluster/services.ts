/**
 * Services without a VM, as Pacemaker takes them: a group in the order of its start - file system, address, units - where their
 * mirror is Primary, and after its promotion. Pure.
 */
import type { Cluster, ClusterService } from '../site/cluster.ts';
import { homeScore } from './constraints.ts';
import { metaId, mirrorId, paramsId } from './names.ts';
import type { Timing } from './timing.ts';
import { attributes, type Element, element, operation } from './xml.ts';

export const serviceId = (service: string): string => `service-${service}`;
const mountId = (service: string): string => `mount-${service}`;
const addressId = (service: string): string => `address-${service}`;
const unitId = (service: string, at: number): string => `unit${at}-${service}`;

/** P1, P7: what cannot be stopped is shot, with its node; nothing is started before the dead one was. */
const meta = (id: string): Element => attributes('meta_attributes', metaId(id), { requires: 'fencing' });

export function serviceResources({ services }: Cluster, timing: Timing): readonly Element[] {
  return services.map((one) => {
    const { name, units } = one;
    const id = serviceId(name);
    return element('group', { id }, [
      attributes('meta_attributes', metaId(id), { 'target-role': 'Started', ordered: 'true', collocated: 'true' }),
      mount(one, timing),
      ...(one.address === undefined ? [] : [address(name, one.address, timing)]),
      ...units.map((unit, at) => systemd(unitId(name, at), unit, timing)),
    ]);
  });
}

/** By the name of the resource: its minor is for the nodes to say. It is checked before each mount (S2), and unmounted by force. */
function mount({ name, volume, mount: directory }: ClusterService, timing: Timing): Element {
  const id = mountId(name);
  const params = { device: `/dev/drbd/by-res/${volume}/0`, directory, fstype: 'ext4', run_fsck: 'force' };
  return element('primitive', { id, class: 'ocf', provider: 'heartbeat', type: 'Filesystem' }, [
    meta(id),
    attributes('instance_attributes', paramsId(id), params),
    operations(id, timing.service.check, timing),
  ]);
}

function address(service: string, { ip, prefix }: NonNullable<ClusterService['address']>, timing: Timing): Element {
  const id = addressId(service);
  return element('primitive', { id, class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' }, [
    meta(id),
    attributes('instance_attributes', paramsId(id), { ip, cidr_netmask: prefix }),
    operations(id, timing.service.start, timing),
  ]);
}

function systemd(id: string, unit: string, timing: Timing): Element {
  const type = unit.replace(/\.service$/, '');
  return element('primitive', { id, class: 'systemd', type }, [meta(id), operations(id, timing.service.start, timing)]);
}

function operations(id: string, start: number, { service }: Timing): Element {
  return element('operations', {}, [
    operation(id, 'start', { interval: '0s', timeout: `${start}s` }),
    operation(id, 'stop', { interval: '0s', timeout: `${service.stop}s`, 'on-fail': 'fence' }),
    operation(id, 'monitor', { interval: '20s', timeout: `${service.monitor}s` }),
  ]);
}

/** P4. A mirror has one user, so its name is enough for an id. */
export function serviceConstraints({ services }: Cluster): readonly Element[] {
  return services.flatMap(({ name, volume, home }) => {
    const [id, mirror] = [serviceId(name), mirrorId(volume)];
    return [
      element('rsc_colocation', {
        id: `with-${mirror}`,
        rsc: id,
        'with-rsc': mirror,
        'with-rsc-role': 'Promoted',
        score: 'INFINITY',
      }),
      element('rsc_order', {
        id: `after-${mirror}`,
        first: mirror,
        'first-action': 'promote',
        // biome-ignore lint/suspicious/noThenProperty: Pacemaker's own word
        then: id,
        'then-action': 'start',
        kind: 'Mandatory',
      }),
      element('rsc_location', { id: `home-${id}`, rsc: id, node: home, score: homeScore }),
    ];
  });
}
