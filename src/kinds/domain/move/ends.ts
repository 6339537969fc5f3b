/** How each node of a mirror has it. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import type { Window } from '../../drbd/window.ts';
import { unreadable } from '../../reading.ts';
import type { World } from '../../world.ts';

export interface End {
  readonly node: NodeName;
  readonly role: string;
  readonly disk: string;
  readonly twoPrimaries: boolean;
  /** DRBD's own word; of several connections the first that is not `Connected`; `down` where it is proven not to run. */
  readonly connection: string;
}

/** A mirror, and how each of its nodes has it. */
export interface Mirror {
  readonly window: Window;
  readonly ends: readonly End[];
}

export function endsOf(
  { resource, replicas }: Window,
  world: World,
): { readonly ends: readonly End[]; readonly problems: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const ends = replicas.flatMap((node): End[] => {
    const { running } = world.have('drbd', node);
    if (!running.known) {
      problems.push(unreadable(`drbd/${resource}`, node, running.why));
      return [];
    }
    const now = running.value[resource];
    if (now === undefined) return [{ node, role: 'Secondary', disk: 'down', twoPrimaries: false, connection: 'down' }];
    if (now.twoPrimaries === undefined) {
      problems.push(unreadable(`drbd/${resource}`, node, 'its options could not be read'));
      return [];
    }
    const cut = now.connections.find(({ state }) => state !== 'Connected')?.state;
    const connection = cut ?? (now.connections.length < replicas.length - 1 ? 'without connection' : 'Connected');
    const { role, twoPrimaries } = now;
    return [{ node, role, disk: now.volumes['0']?.disk ?? 'Diskless', twoPrimaries, connection }];
  });
  return { ends, problems };
}

/** Its kernel has no such resource: nobody can write there, and no window can be open. */
export function isDown({ connection }: End): boolean {
  return connection === 'down';
}

export function isCut(ends: readonly End[]): boolean {
  return ends.some(({ connection }) => connection !== 'Connected');
}
