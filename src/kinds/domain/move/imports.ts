/** The exports among the disks of a VM that moves: which are handed over, which never are, and what both nodes must show (docs/decisions/0016). Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { Guard, Probe } from '../../../shell/command.ts';
import { expectationText, holds } from '../../../shell/expect.ts';
import type { NodeName } from '../../../step.ts';
import { importPath } from '../../backing.ts';
import { isStandby } from '../../export/handover.ts';
import { nameOf } from '../../reach.ts';
import { answer } from '../../reading.ts';
import type { Export, NbdExport } from '../../site/exports.ts';
import type { Site, Vm } from '../../site.ts';
import type { World } from '../../world.ts';
import { isProven } from '../plain.ts';
import { importNotReady } from './handover-refusals.ts';

/** Those that have one importer, by nbd: what is only read needs nobody's leave, and iSCSI does not move. */
export function handedBy(vm: Vm, site: Site): readonly NbdExport[] {
  return importedBy(vm, site).filter(({ readOnly }) => !readOnly);
}

function importedBy({ disks }: Vm, { exports }: Site): readonly NbdExport[] {
  return disks.flatMap((on) => {
    const one = 'export' in on ? exports[on.export] : undefined;
    return one === undefined || one.via === 'iscsi' ? [] : [one];
  });
}

export function addressOf(node: NodeName, { nodes }: Site): string {
  return nodes[node]?.address ?? node;
}

/** Why it is not handed over while its guest runs, a clause; undefined: it can be, or needs not, because it is only read. */
export function whyItStays({ via, readOnly, backing, from }: Export, site: Site): string | undefined {
  if (via === 'iscsi')
    return 'an initiator logs in again by itself, and what it had under way is not known to be over when another one writes';
  if (readOnly) return undefined;
  const movable =
    'image' in backing || ('volume' in backing && (site.volumes[backing.volume]?.replicas.length ?? 1) < 2);
  return movable
    ? undefined
    : `it stands on ${nameOf(backing)}, which another node than ${from} may serve one day, and the note of who may write would stay on ${from}`;
}

interface Asked {
  readonly one: NbdExport;
  readonly probe: string;
  readonly guard: Guard;
}

/** Of a node that has them. */
function provenOn(imports: readonly NbdExport[], site: Site): readonly Asked[] {
  return imports.map((one) => ({
    one,
    probe: `domain.imported:${one.name}`,
    guard: isProven({ volume: one.name, path: importPath(one) }, site),
  }));
}

/** Of the node that is to have them. */
function standingBy(vm: Vm, site: Site): readonly Asked[] {
  const [handed, read] = [handedBy(vm, site), importedBy(vm, site).filter(({ readOnly }) => readOnly)];
  return [
    ...handed.map((one) => ({ one, probe: `domain.standby:${one.name}`, guard: isStandby(one) })),
    ...provenOn(read, site),
  ];
}

/** What a node is asked that may be the source, and what the target. */
export function importAsks(vm: Vm, end: 'source' | 'target', site: Site): readonly Probe[] {
  const all = end === 'source' ? provenOn(importedBy(vm, site), site) : standingBy(vm, site);
  return all.map(({ probe, guard }) => ({ name: probe, command: guard.ask }));
}

/** What their steps demand as well, said before anything begins. */
export function importProblems(vm: Vm, source: NodeName, target: NodeName, world: World): readonly Diagnostic[] {
  const { site } = world;
  return [
    ...provenOn(importedBy(vm, site), site).flatMap((asked) => problemOn(source, asked, world)),
    ...standingBy(vm, site).flatMap((asked) => problemOn(target, asked, world)),
  ];
}

function problemOn(node: NodeName, { one, probe, guard }: Asked, world: World): readonly Diagnostic[] {
  const said = answer(world.answers(node), probe);
  if (said.known && holds(guard.expect, said.value)) return [];
  const words = said.known ? `exit ${said.value.code}: ${said.value.stdout}${said.value.stderr}`.trim() : said.why;
  return [importNotReady(one, node, guard.proves, `${expectationText(guard.expect)}, and was: ${words.slice(0, 500)}`)];
}
