/**
 * A mirror whose link was lost while one side had its new secret and the other one had not: they refuse each other, and one
 * or both stand alone (drbd 8.4, drbd_receiver.c: a wrong answer discards the network configuration). Only where the kernel
 * says that this was the cause, and all files are right: then they are connected again, and DRBD tells by its generations
 * who has the newer data; with a split brain they drop each other as before (`after-sb-*` is `disconnect`, D5). Pure.
 */
import type { Diagnostic } from '../../diagnostic.ts';
import type { WaitFor } from '../../shell/command.ts';
import type { StepDraft } from '../verdict.ts';
import type { World } from '../world.ts';
import { refusedBySecret } from './lost.ts';
import * as scripts from './scripts.ts';
import type { Side } from './side.ts';
import { awaitSynced, type Known } from './steps.ts';
import { idsOf, takeSecret } from './take-secret.ts';

/** `wrong`: all that speaks against touching it otherwise. */
export function mayRejoin(
  { volume }: Known,
  sides: readonly Side[],
  wrong: readonly Diagnostic[],
  world: World,
): boolean {
  const refused = sides.map(({ node }) => refusedBySecret(node, volume.name, world));
  return (
    wrong.every(({ code }) => code === 'drbd/stand-alone') &&
    sides.every((side) => !side.fileChanges && isCut(side)) &&
    sides.filter(({ running }) => running?.role === 'Primary').length <= 1 &&
    refused.every(({ known }) => known) &&
    refused.some((one) => one.known && one.value)
  );
}

const disks: ReadonlySet<string> = new Set(['UpToDate', 'Consistent', 'Outdated', 'Inconsistent']);

function isCut({ running }: Side): boolean {
  if (running === undefined || running.twoPrimaries !== false || running.suspended !== 'no') return false;
  return disks.has(running.volumes['0']?.disk ?? '') && running.connections.every(({ state }) => state !== 'Connected');
}

function standsAlone({ running }: Side): boolean {
  const connections = running?.connections ?? [];
  return connections.length === 0 || connections.some(({ state }) => state === 'StandAlone');
}

/** Those that still try get the secret first: who meets one without it stands alone again. */
export function rejoin(want: Known, sides: readonly Side[]): readonly StepDraft[] {
  const trying = sides.filter((side) => !standsAlone(side) && side.adjust.length > 0);
  const takes = trying.map((side) => takeSecret(want, side, []));
  const connects = sides.filter(standsAlone).map((side) => connect(want, side, idsOf(takes)));
  const begun = idsOf([...takes, ...connects]);
  const meets = sides.map((side) => meet(want, side, begun));
  const reason = 'what one side missed is copied';
  const synced = sides.slice(0, 1).map((side) => ({ ...awaitSynced(want, side, meets), reason }));
  return [...takes, ...connects, ...meets, ...synced];
}

function connect(want: Known, { node }: Side, needs: readonly string[]): StepDraft {
  const { name } = want.volume;
  return {
    verb: 'connect',
    node,
    title: `connect ${name} again, by the secret of its file`,
    needs,
    danger: 'none',
    guards: [],
    actions: [scripts.connect(name)],
    reason: 'it stands alone since the two sides had different secrets',
    redundancy: { copies: 1, until: 'what was missed is copied' },
  };
}

/** Or, when it does not: what DRBD remembers of this side, to be compared with that of the other (D4). */
function meet({ volume }: Known, { node }: Side, needs: readonly string[]): StepDraft {
  const { name, replicas } = volume;
  const until: WaitFor = {
    do: 'wait',
    what: `${name} is connected`,
    command: scripts.connected(name),
    until: { stdout: 'connected\n'.repeat(replicas.length - 1) },
    timeoutSeconds: 60,
    everySeconds: 1,
  };
  return {
    verb: 'connected',
    node,
    title: `wait until ${name} is connected`,
    needs,
    danger: 'none',
    guards: [],
    actions: [until],
  };
}
