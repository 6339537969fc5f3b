/** What the home of a VM must have, and what the nodes wrote down of how it ended. */
import { domainPath } from '../../kinds/file/paths.ts';
import type { Vm } from '../../kinds/site.ts';
import { formatSize } from '../../quantity.ts';
import { domainLogProbe } from '../asks.ts';
import { type Cause, cause, here, on, way } from '../cause.ts';
import { linesOf, type View } from '../view.ts';

/** What its home must have. */
export function place({ name, home, memory }: Vm, view: View): readonly Cause[] {
  const have = view.facts.get(home);
  const xen = have?.host.xen;
  const file = have?.file.files[domainPath(name)];
  const found: Cause[] = [];
  if (xen?.known === true && xen.value === 'absent') {
    const detail = `${home} did not boot under Xen, so that no guest can run there.`;
    found.push(
      cause('no-hypervisor', 'proven', {
        detail,
        evidence: [{ node: home, source: 'xl info', line: 'no hypervisor' }],
        ways: [way('Boot it with Xen', on(home, 'ls /boot/xen*; grep -i xen /boot/grub/grub.cfg | head'))],
      }),
    );
  }
  if (xen?.known === true && xen.value !== 'absent' && xen.value.freeMemoryBytes < memory.bytes) {
    const detail = `${name} wants ${formatSize(memory.bytes)}, and ${home} has ${formatSize(xen.value.freeMemoryBytes)} free.`;
    found.push(
      cause('no-memory', 'proven', {
        detail,
        evidence: [
          { node: home, source: 'xl info', line: `free_memory: ${Math.floor(xen.value.freeMemoryBytes / 2 ** 20)}` },
        ],
        ways: [way('See who has it, and move or stop one', here('sanctl vm list'), on(home, 'xl list'))],
      }),
    );
  }
  if (file?.known === true && file.value === 'absent') {
    const detail = `${domainPath(name)} is not on ${home}: the inventory was not applied since it asks for ${name}.`;
    found.push(
      cause('no-file', 'proven', {
        detail,
        evidence: [{ node: home, source: 'find', line: `no ${domainPath(name)}` }],
        ways: [way('To make it, and start it', here('sanctl plan'), here('sanctl apply'))],
      }),
    );
  }
  return found;
}

/** xl(1), libxl: 0 is a power-off, 1 a reboot, 2 a suspend, 3 a crash, 4 the watchdog. */
const endings: Readonly<Record<string, 'guest-ended' | 'guest-crashed'>> = {
  '0': 'guest-ended',
  '3': 'guest-crashed',
  '4': 'guest-crashed',
};

export function ended({ name }: Vm, view: View): readonly Cause[] {
  return [...view.facts.keys()].flatMap((node) => {
    const line = linesOf(view, node, domainLogProbe(name).name).findLast((one) =>
      /shut down, reason code \d+/.test(one),
    );
    const code = endings[/reason code (\d+)/.exec(line ?? '')?.[1] ?? ''];
    if (line === undefined || code === undefined) return [];
    const how = code === 'guest-ended' ? 'shut itself down, or was asked to' : 'crashed';
    const detail = `The last domain of ${name} on ${node} ${how}. The log has no times; whether that was the last that happened to it, the console of the guest tells.`;
    const ways = [
      ...(code === 'guest-crashed'
        ? [way('See what it said last', on(node, `tail -n 50 /var/log/xen/console/guest-${name}.log`))]
        : []),
      way('To start it, where it is proven to run nowhere else', here(`sanctl vm start ${name}`)),
    ];
    return [cause(code, 'likely', { detail, evidence: [{ node, source: `/var/log/xen/xl-${name}.log`, line }], ways })];
  });
}
