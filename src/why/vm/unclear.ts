/** A domain of a VM that is there and does not simply run (M3 to M9). */
import { type Copy, isDying } from '../../kinds/domain/copies.ts';
import type { Vm } from '../../kinds/site.ts';
import type { NodeName } from '../../step.ts';
import { type Cause, cause, here, on, way } from '../cause.ts';
import { asEvidence } from './states.ts';

/** `others`: what else is there of it; `unread`: nodes that did not say what runs there. */
export function unclear(vm: Vm, copy: Copy, others: readonly Copy[], unread: readonly NodeName[]): Cause {
  const { name, uuid } = vm;
  const { node, domain } = copy;
  const evidence = [asEvidence(copy)];
  const moving = domain.name !== name && domain.name.startsWith(`${name}--`);
  if (moving) {
    const detail = `${domain.name} on ${node} is half of a migration that is under way, or broke off. Touch neither half by hand before it has been settled (M3 to M5).`;
    return cause('move-unfinished', 'proven', {
      detail,
      evidence,
      ways: [way('When no migration runs any more', here(`sanctl migrate ${name} --cleanup`))],
    });
  }
  if (domain.uuid !== uuid) {
    const detail = `The domain ${domain.name} on ${node} is another one: its uuid is ${domain.uuid}, and that of the inventory is ${uuid}.`;
    return cause('name-taken', 'proven', {
      detail,
      evidence,
      ways: [way('Find out what it is before anything else', on(node, `xl list -l ${domain.id}`))],
    });
  }
  if (isDying(domain)) {
    const detail = `${name} ended on ${node} and was not taken apart yet: something still holds its memory or its disks. That may take minutes; it is not started anew before it is gone.`;
    return cause('shutting-down', 'proven', {
      detail,
      evidence,
      ways: [
        way('See what it holds', on(node, `xl list -v; xenstore-ls -f /local/domain/0/backend | grep /${domain.id}/`)),
      ],
    });
  }
  if (domain.state.includes('c')) {
    const detail = `The guest of ${name} on ${node} crashed, and the domain was kept as it is.`;
    return cause('guest-crashed', 'proven', {
      detail,
      evidence,
      ways: [
        way(
          'Keep what it left for those who look for the reason, then end it and start it anew',
          on(node, `xl dump-core ${domain.id} /var/lib/xen/dump/${name}.core`),
          here(`sanctl run vm-destroy --set vm=${name}`),
          here(`sanctl vm start ${name}`),
        ),
      ],
    });
  }
  if (domain.state.includes('p')) return paused(vm, copy, others, unread);
  if (copy.live) {
    const rest = others.map((one) => `${one.domain.name} on ${one.node} (${one.domain.state})`).join(', ');
    const detail = `${name} runs on ${node}, and ${rest} is there as well. Leave the one that runs alone.`;
    return cause('more-than-one', 'proven', { detail, evidence });
  }
  const detail = `${name} on ${node} has shut down and is still there (${domain.state}).`;
  return cause('shutting-down', 'likely', {
    detail,
    evidence,
    ways: [way('See what it waits for', on(node, `xl list -v; tail /var/log/xen/xl-${name}.log`))],
  });
}

/** X2: one that goes on beside another, or on what another wrote, destroys its disk. */
function paused({ name }: Vm, copy: Copy, others: readonly Copy[], unread: readonly NodeName[]): Cause {
  const { node, domain } = copy;
  const settle = way('If a migration broke off', here(`sanctl migrate ${name} --cleanup`));
  const never =
    others.length > 0
      ? `It must not go on: ${others.map((one) => `${one.domain.name} on ${one.node}`).join(' and ')} has the same disk, and may have written to it meanwhile.`
      : unread.length > 0
        ? `It must not go on before ${unread.join(' and ')} said what runs there.`
        : 'Before it goes on it must be certain that it runs nowhere else, and that its disk was not written by another meanwhile (X2).';
  const alone = others.length === 0 && unread.length === 0;
  return cause('paused', 'proven', {
    detail: `${name} on ${node} is paused: by hand, or by a migration that broke off. ${never}`,
    evidence: [asEvidence(copy)],
    ways: alone ? [settle, way('If somebody paused it by hand', on(node, `xl unpause ${domain.id}`))] : [settle],
  });
}
