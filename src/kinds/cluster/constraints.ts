/** Where things may be, and in which order. Pure. */
import type { Site, Vm, Volume } from '../site.ts';
import { mirrorsOf } from './members.ts';
import { mirrorId, vmId } from './names.ts';
import { type Element, element } from './xml.ts';

export const homeScore = 100;

export function onlyReplicas({ name, replicas }: Volume): Element {
  const id = mirrorId(name);
  const others = replicas.map((node, at) =>
    element('expression', { id: `replica${at}-${id}`, attribute: '#uname', operation: 'ne', value: node }),
  );
  return element('rsc_location', { id: `replicas-${id}`, rsc: id }, [
    element('rule', { id: `rule-${id}`, score: '-INFINITY', 'boolean-op': 'and' }, others),
  ]);
}

/** P4: where its disks are Primary, and after they are. A volume is the disk of one VM, so its name is enough for an id. */
export function tie(vm: Vm, site: Site): readonly Element[] {
  return mirrorsOf(vm, site).flatMap(({ name }) => {
    const id = mirrorId(name);
    return [
      element('rsc_colocation', {
        id: `with-${id}`,
        rsc: vmId(vm.name),
        'with-rsc': id,
        'with-rsc-role': 'Promoted',
        score: 'INFINITY',
      }),
      element('rsc_order', {
        id: `after-${id}`,
        first: id,
        'first-action': 'promote',
        // biome-ignore lint/suspicious/noThenProperty: Pacemaker's own word
        then: vmId(vm.name),
        'then-action': 'start',
        kind: 'Mandatory',
      }),
    ];
  });
}

export function atHome({ name, home }: Vm): Element {
  return element('rsc_location', { id: `home-${vmId(name)}`, rsc: vmId(name), node: home, score: homeScore });
}
