/** From the looks of all nodes to a draft of the inventory, and all that it cannot say. Pure. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import { domainPath } from '../kinds/file/paths.ts';
import { clustered, clusteredNodes } from './clustered.ts';
import { elsewhereOn } from './elsewhere.ts';
import * as findings from './findings.ts';
import type { DraftGroup } from './groups.ts';
import { type DraftVm, type Guests, guestsOf } from './guests.ts';
import { type Excluded, keptOf } from './kept.ts';
import type { Look } from './look.ts';
import { mirrorsOf } from './mirrors.ts';
import { type DraftNode, nodesOf } from './nodes.ts';
import type { DraftVolume } from './shape.ts';
import { slicesOf } from './slices.ts';

export interface Draft {
  readonly nodes: readonly DraftNode[];
  readonly groups: readonly DraftGroup[];
  readonly volumes: readonly DraftVolume[];
  readonly vms: readonly DraftVm[];
  readonly trust: 'managed' | 'manual';
  readonly waitSeconds: number | undefined;
}

export interface Drafted {
  readonly draft: Draft;
  readonly findings: readonly Diagnostic[];
}

/** Errors: without these nodes there is nothing to draft. */
export function draftOf(looks: readonly Look[], excluded: Excluded = new Set()): Result<Drafted> {
  const { nodes, findings: ofNodes } = nodesOf(looks);
  if (hasErrors(ofNodes)) return failed(...ofNodes);
  const mirrors = mirrorsOf(looks, new Map(nodes.map(({ name, address }) => [name, address])));
  const slices = slicesOf(looks);
  const kept = keptOf(looks, [...mirrors.volumes, ...slices.volumes], excluded);
  const guests = guestsOf(looks, kept.volumes);
  const members = clusteredNodes(looks);
  const theirs = guests.vms.filter(({ home }) => members.has(home));
  const vms = guests.vms.filter((vm) => !excluded.has(`vm/${vm.name}`) && !theirs.includes(vm));
  return ok({
    draft: {
      nodes,
      groups: kept.groups,
      volumes: kept.volumes,
      vms,
      // Where no guest can move, there is nobody to know.
      trust: looks.some(({ trusted }) => trusted) ? 'managed' : 'manual',
      waitSeconds: looks.map(({ boot }) => boot.waitSeconds).find((seconds) => seconds !== undefined),
    },
    findings: [
      ...ofNodes,
      ...kept.stacked.map(findings.stacked),
      ...[...mirrors.left, ...kept.mirrorsLeft].map(findings.resource),
      ...[...slices.left, ...kept.slicesLeft].map(findings.slice),
      ...ofGuests(guests, vms),
      ...theirs.map(({ name, home }) => findings.guest(clustered(name, [home], home))),
      ...looks.flatMap(elsewhereOn),
      ...[...slices.unused].flatMap(([node, names]) => (names.length === 0 ? [] : [findings.unused(node, names)])),
    ],
  });
}

function ofGuests({ left, unsaid, beside, differing }: Guests, vms: readonly DraftVm[]): readonly Diagnostic[] {
  const isIn = ({ name }: { readonly name: string }): boolean => vms.some((vm) => vm.name === name);
  return [
    ...left.map(findings.guest),
    ...unsaid.filter(isIn).map(({ name, node, keys }) => findings.settings(name, node, keys)),
    ...beside.filter(isIn).map(({ name, node, path }) => findings.secondFile(name, node, path)),
    ...differing.filter(isIn).map(({ name, node, keys }) => findings.fileDiffers(name, node, domainPath(name), keys)),
  ];
}
