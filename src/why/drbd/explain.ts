/** Which states of a mirror are explained by whom, and what each asks besides. */
import { bootUnit } from '../../kinds/file/paths.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import {
  firewallProbe,
  generationsProbe,
  journalProbe,
  listenersProbe,
  logProbe,
  pingProbe,
  usersProbe,
} from '../asks.ts';
import type { Cause, State } from '../cause.ts';
import type { View } from '../view.ts';
import type { StateCode } from '../words.ts';
import { diskless } from './disk.ts';
import { suspended, twoPrimaries, windowOpen } from './frozen.ts';
import { down, heldOpen } from './open.ts';
import { devicePathOf, type Mirror, mirrorOf } from './resource.ts';
import { differs, inconsistent, outdated, paused } from './stale.ts';
import { standAlone } from './stand-alone.ts';
import { waiting } from './waiting.ts';

type Explain = (found: State, mirror: Mirror, view: View) => readonly Cause[];

const explains: Partial<Record<StateCode, Explain>> = {
  'stand-alone': standAlone,
  waiting,
  down,
  diskless,
  inconsistent,
  outdated,
  suspended,
  paused,
  'window-open': windowOpen,
  'two-primaries': twoPrimaries,
  'held-open': heldOpen,
  differs,
};

/** Undefined: this state is not of a mirror. */
export function explainMirror(found: State, view: View): readonly Cause[] | undefined {
  const mirror = mirrorOf(found.about.name, view);
  const explain = explains[found.code];
  return found.about.kind !== 'volume' || mirror === undefined || explain === undefined
    ? undefined
    : explain(found, mirror, view);
}

/** On every node of the mirror: what one side says of the other is half of what is to be known. */
export function mirrorAsks(found: State, view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  const mirror = found.about.kind === 'volume' ? mirrorOf(found.about.name, view) : undefined;
  if (mirror === undefined || explains[found.code] === undefined) return new Map();
  const { volume, replicas } = mirror;
  return new Map(
    replicas.map((replica) => {
      const others = volume.replicas.filter((node) => node !== replica.node);
      const addresses = others.flatMap((node) => view.site.nodes[node]?.address ?? []);
      const device = devicePathOf(replica);
      const network = found.code === 'waiting' || found.code === 'stand-alone';
      return [
        replica.node,
        [
          logProbe,
          generationsProbe(volume.name),
          ...(network ? [listenersProbe, firewallProbe, ...addresses.map(pingProbe)] : []),
          ...(device !== undefined && found.code === 'held-open' ? [usersProbe(device)] : []),
          ...(found.code === 'down' ? [journalProbe(bootUnit)] : []),
        ],
      ] as const;
    }),
  );
}
