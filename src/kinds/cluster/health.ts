/** What a cluster has of a move that broke off (P8): no row of its own, but a VM that nobody starts elsewhere. Pure. */
import type { Health, Looked } from '../health.ts';
import { flagged } from './maintenance.ts';
import { managedVms } from './members.ts';
import { leftBehind } from './refusals.ts';

export function health({ site, facts, held }: Looked): Health {
  const members = site.cluster?.nodes ?? [];
  if (members.some((node) => held.has(node))) return { rows: [], findings: [] };
  const prospects = members.flatMap((node) => facts.get(node)?.cluster.prospect ?? []);
  const running = prospects.flatMap((one) => (one.known && one.value !== 'stopped' ? [one.value] : []));
  const left = managedVms(site).filter((vm) => running.some((prospect) => flagged(vm, site, prospect)));
  return { rows: [], findings: left.map(leftBehind) };
}
