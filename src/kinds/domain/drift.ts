/** How a running domain differs from its file. Said, never acted upon: it takes effect at the next start. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { Vm } from '../site.ts';
import { memoryMiB } from './config.ts';
import type { Copy } from './copies.ts';
import type { Disk } from './devices.ts';
import type { Domain } from './facts.ts';

export function drift(vm: Vm, disks: readonly Disk[], { node, domain }: Copy): readonly Diagnostic[] {
  const found = differences(vm, disks, domain);
  if (found.length === 0) return [];
  return [
    warning('domain/drift', 'A running domain differs from its file', `${vm.name} on ${node}: ${found.join('; ')}.`, {
      help: `The file takes effect at its next start: \`sanctl vm stop ${vm.name}\`, then \`sanctl vm start ${vm.name}\`. A reboot from within the guest does not read it.`,
    }),
  ];
}

/** Each a clause. */
export function differences(vm: Vm, disks: readonly Disk[], domain: Domain): readonly string[] {
  return [...sizes(vm, domain), ...kernel(vm, domain), ...diskDrift(disks, domain), ...nicDrift(vm, domain)];
}

/** A ballooned guest uses less than it was given, and what xl does not say is not compared. */
function sizes({ memory, vcpus, type }: Vm, have: Domain): readonly string[] {
  const wanted = memoryMiB(memory.bytes) * 2 ** 20;
  return [
    ...differs('memory', have.memoryBytes, wanted, formatSize),
    ...differs('vcpus', have.vcpus, vcpus, String),
    ...differs('type', have.type, type, String),
  ];
}

function kernel({ boot }: Vm, have: Domain): readonly string[] {
  return 'kernel' in boot ? differs('kernel', have.kernel, boot.kernel, String) : [];
}

function differs<T>(what: string, have: T | undefined, want: T, text: (value: T) => string): readonly string[] {
  return have === undefined || have === want ? [] : [`it has ${what} ${text(have)}, its file ${text(want)}`];
}

function diskDrift(wanted: readonly Disk[], { disks = [] }: Domain): readonly string[] {
  const path = (target: string): string => wanted.find(({ names }) => names.includes(target))?.path ?? target;
  const have = disks.map(({ as, target, readOnly }) => `${as} on ${path(target)}${readOnly ? ', read-only' : ''}`);
  const want = wanted.map(({ as, path, readOnly }) => `${as} on ${path}${readOnly ? ', read-only' : ''}`);
  return listDrift('disk', have, want);
}

function nicDrift({ nics }: Vm, have: Domain): readonly string[] {
  const text = ({ mac, bridge }: { readonly mac: string; readonly bridge: string }): string => `${mac} on ${bridge}`;
  return listDrift('card', have.nics.map(text), nics.map(text));
}

function listDrift(what: string, have: readonly string[], want: readonly string[]): readonly string[] {
  return [
    ...have.filter((one) => !want.includes(one)).map((one) => `it has the ${what} ${one}, its file has not`),
    ...want.filter((one) => !have.includes(one)).map((one) => `its file has the ${what} ${one}, it has not`),
  ];
}
