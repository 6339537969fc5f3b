/** Whether anybody may be in the middle of a migration: a window for two primaries that is open, or may be (D1, W6). Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { unreadable } from '../reading.ts';
import type { Volume } from '../site.ts';
import type { World } from '../world.ts';
import { windowOpen } from './problems.ts';

export function windowsOpen({ name, replicas }: Volume, world: World): readonly Diagnostic[] {
  return replicas.flatMap((node) => windowOn(name, node, world));
}

function windowOn(name: string, node: NodeName, world: World): readonly Diagnostic[] {
  const { running } = world.have('drbd', node);
  if (!running.known) return [unreadable(`drbd/${name}`, node, running.why)];
  const now = running.value[name];
  if (now === undefined || now.twoPrimaries === false) return [];
  if (now.twoPrimaries === true) return [windowOpen(`drbd/${name} on ${node}`, name)];
  return [unreadable(`drbd/${name}`, node, 'its options could not be read')];
}
