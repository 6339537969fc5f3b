/**
 * The one place from which a force flag can reach a node (C9). Each command here takes a proof: a value that only the
 * function beside it can make, after it has looked at the facts. `npm run check` finds force flags anywhere else.
 *
 * A proof is made at plan time; the step that uses it still carries guards, which ask the node again (C3).
 */
import { type Run, run } from '../shell/command.ts';
import { isSeeded, isUnseeded, type Side } from './drbd/side.ts';
import type { PackageState } from './package/facts.ts';
import type { LogicalVolume } from './volume/facts.ts';
import { tags as marks } from './volume/tags.ts';

declare const proof: unique symbol;
/** Facts that were checked. It cannot be written down as a literal. */
export type Proof<Name extends string, Facts> = Facts & { readonly [proof]: Name };

/** Packages of which dpkg holds no trace but, at most, old configuration files: installing them replaces nothing. */
export type NewPackages = Proof<'new packages', { readonly names: readonly [string, ...string[]] }>;

export function proveNewPackages(
  names: readonly string[],
  states: Readonly<Record<string, PackageState>>,
): NewPackages | undefined {
  const fresh = names.every((name) => isNew(states[name]));
  return fresh && names.length > 0 ? ({ names } as unknown as NewPackages) : undefined;
}

function isNew(state: PackageState | undefined): boolean {
  return state === undefined || (state.error === 'ok' && ['not-installed', 'config-files'].includes(state.status));
}

/**
 * `--yes` answers apt's question whether the packages that these need may come too. Removing anything stays forbidden,
 * and nothing that is installed is upgraded for its own sake.
 */
export function installPackages({ names }: NewPackages): Run {
  const lock = 'DPkg::Lock::Timeout=300';
  const flags = ['--yes', '--no-remove', '--no-upgrade', '--no-install-recommends', `--option=${lock}`];
  return run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...flags, 'install', '--', ...names);
}

/** The operator named this volume by `--allow-destroy`: what it holds, or what its extents held before it, may go. */
export type GivenUp = Proof<'given up', { readonly group: string; readonly volume: string }>;

export function proveGivenUp(group: string, volume: string, allowDestroy: ReadonlySet<string>): GivenUp | undefined {
  return allowDestroy.has(`volume/${volume}`) ? ({ group, volume } as GivenUp) : undefined;
}

/**
 * `lvcreate` with its only question, whether to wipe the signatures that the free extents still bear, answered with
 * yes. Without the proof it ends with exit 5 and leaves nothing (L2; tried, lvm2 2.03.16).
 */
export function createOverRemains(_given: GivenUp, lvcreate: readonly string[]): Run {
  return run('lvcreate', '--yes', ...lvcreate);
}

/**
 * The answer is to the question that lvremove asks of an active volume; to deactivate it before would not do, because
 * a late udev event activates it again (tried). What somebody has open is not removed, yes or no (exit 5; tried).
 */
export function removeVolume({ group, volume }: GivenUp): Run {
  return run('lvremove', '--yes', `${group}/${volume}`);
}

/** A snapshot that sanctl made, of a volume that stays. */
export type OwnSnapshot = Proof<'own snapshot', { readonly group: string; readonly name: string }>;

export function proveSnapshot({ group, name, origin, tags }: LogicalVolume): OwnSnapshot | undefined {
  const own = origin !== '' && origin !== name && tags.includes(marks.snapshot);
  return own ? ({ group, name } as OwnSnapshot) : undefined;
}

/** Its question is that of an active volume; one that somebody has open stays (exit 5). */
export function removeSnapshot({ group, name }: OwnSnapshot): Run {
  return run('lvremove', '--yes', `${group}/${name}`);
}

/**
 * The same, for the script that a timer runs: it has it only for what bears its own policy's tag and that of a snapshot, which it asks in
 * the same shell, by uuid.
 */
export const removeAnyway = '--yes';

/** No replica of this resource was ever seeded: each slice is new or bears metadata fresh from `create-md` (K1, K3). */
export type NeverSeeded = Proof<'never seeded', { readonly resource: string }>;

/** `sides` are all replicas, each with what was read of it. */
export function proveNeverSeeded(resource: string, sides: readonly Side[]): NeverSeeded | undefined {
  const fresh = sides.every((side) => side.metadata !== 'data' && isUnseeded(side) && !isSeeded(side));
  return fresh && sides.length > 1 ? ({ resource } as NeverSeeded) : undefined;
}

/** Makes this node's half the data of the resource: from here the first sync starts. The only place of `--force` (D4). */
export function makeFirstSource({ resource }: NeverSeeded): Run {
  return run('drbdadm', 'primary', '--force', resource);
}

/** Besides never having been seeded, all halves are zero by construction or by a completed write, and get their metadata in this plan (K2). */
export type AllZero = Proof<'all zero', { readonly resource: string }>;

export function proveAllZero(
  never: NeverSeeded,
  sides: readonly Side[],
  isZero: (side: Side) => boolean,
): AllZero | undefined {
  const zero = sides.every((side) => side.metadata === 'none' && isZero(side));
  return zero ? ({ resource: never.resource } as AllZero) : undefined;
}

/** Declares all halves equal and up to date, on one node once; the kernel refuses it for anything that is not new (tried, 8.4.11). */
export function skipFirstSync({ resource }: AllZero): Run {
  return run('drbdadm', 'new-current-uuid', '--clear-bitmap', `${resource}/0`);
}

/**
 * Goes on without members that the operator named (R2), as `mdadm --assemble` takes it. Only the script that assembles has it, and
 * uses it only where the node keeps the operator's word for every member that is missing, after the others were compared.
 */
export const goOnWithout = '--run';

/**
 * Cibadmin takes out all that an XPath names only by force. The copy alone is changed so, and what comes of it is compared,
 * checked and committed as a whole.
 */
export const allMatches = '--force';
