/** Who has a device of a machine open (C2): guests, and programs that write. */
import type { Device } from './content.ts';
import type { Machine } from './machine.ts';

export function openersOf(machine: Machine, device: Device): readonly string[] {
  const guests = machine.domains.flatMap(({ id, disks }) =>
    disks.some((disk) => disk.open && disk.device === device) ? [`the guest of vbd-${id}-51712`] : [],
  );
  const programs = machine.writers.flatMap((one) => (one.device === device ? [`process ${one.pid}`] : []));
  const arrays = machine.arrays.flatMap(({ index, legs }) =>
    legs.some((leg) => leg.device === device) ? [`md${index}`] : [],
  );
  const mounts = [...machine.mounts].flatMap(([where, one]) => (one === device ? [where] : []));
  return [...guests, ...programs, ...arrays, ...mounts];
}
