/**
 * Maintenance of one VM and its mirrors, for the time of a move (P5): Pacemaker looks at neither of them meanwhile, and does nothing
 * to them. The flags are ours by their id, so that whoever finds them later knows who left them, and that they are to go. Pure.
 */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type Guard, type Run } from '../../shell/command.ts';
import type { Site, Vm } from '../site.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { managedVms, mirrorsOf } from './members.ts';
import { drbdId, metaId, mirrorId, vmId } from './names.ts';
import * as no from './refusals.ts';
import { attributes, type Element, element, xmlText } from './xml.ts';

const flagId = (id: string): string => `sanctl-maintenance-${id}`;

const mirrorIds = (vm: Vm, site: Site): readonly string[] => mirrorsOf(vm, site).map(({ name }) => mirrorId(name));

/** What must be left alone together: with one of them managed, the cluster would see two Primaries, and demote one. */
export function partsOf(vm: Vm, site: Site): readonly [vm: string, ...mirrors: readonly string[]] {
  return [vmId(vm.name), ...mirrorIds(vm, site)];
}

/** All of them at once: one change of the configuration, or none. `--allow-create` makes no resource, which Pacemaker’s schema refuses (78, tried). */
export function setFlags(vm: Vm, site: Site): Run {
  const flagged = (name: string, id: string): Element =>
    element(name, { id }, [attributes('meta_attributes', flagId(id), { maintenance: 'true' })]);
  const all = [...mirrorIds(vm, site).map((id) => flagged('clone', id)), flagged('primitive', vmId(vm.name))];
  const change = command('cibadmin', '--modify', '--allow-create', '--scope', 'resources', '--xml-pipe');
  return { do: 'run', command: { ...change, stdin: xmlText(element('resources', {}, all)) } };
}

/** XPath of the flags of a VM. */
export function flagsOf(vm: Vm, site: Site): string {
  return `//meta_attributes[${any(partsOf(vm, site).map(flagId))}]`;
}

/** Of their ids, which hold no quote (safety.md 4.3). */
function any(ids: readonly string[]): string {
  return ids.map((id) => `@id="${id}"`).join(' or ');
}

/** 105: it matches nothing. */
const nothing = 105;

export function isFlagged(vm: Vm, site: Site): Guard {
  const parts = partsOf(vm, site);
  const all = `//resources[count(.${flagsOf(vm, site)}/nvpair[@name="maintenance" and @value="true"])=${parts.length}]`;
  return {
    ask: command('cibadmin', '--query', '--no-children', '--xpath', all),
    expect: { exit: 0 },
    proves: `sanctl has ${parts.join(' and ')} in maintenance: the cluster leaves both alone (P5)`,
  };
}

/** Neither by us, nor by somebody who is at work there. */
export function isUnflagged(vm: Vm, site: Site): Guard {
  const ids = [...partsOf(vm, site), ...mirrorsOf(vm, site).map(({ name }) => drbdId(name))];
  const flags = '/meta_attributes/nvpair[@name="maintenance" or @name="is-managed"]';
  return {
    ask: command('cibadmin', '--query', '--no-children', '--xpath', `//resources//*[${any(ids)}]${flags}`),
    expect: { exit: nothing },
    proves: `nobody has ${partsOf(vm, site).join(' or ')} in maintenance (P6)`,
  };
}

/** As the look at any member tells it. */
export function hasFlags(vm: Vm, { site, leftOut, have }: World): boolean {
  const members = site.cluster?.nodes.filter((node) => !leftOut.includes(node)) ?? [];
  return members.some((node) => {
    const { prospect } = have('cluster', node);
    return prospect.known && prospect.value !== 'stopped' && flagged(vm, site, prospect.value);
  });
}

/** By what is to be taken out of what there is. */
export function flagged(vm: Vm, site: Site, { changes }: Prospect): boolean {
  const whole = partsOf(vm, site).map((id) => `meta_attributes ${flagId(id)}`);
  return changes.some(({ operation, what }) => operation === 'delete' && whole.includes(what));
}

/** Flags as `crm_resource --meta` and `crm` set them: of which set of attributes. */
const theirs = /^nvpair (.*)-(?:is-managed|maintenance)$/;

/** P5, P6: what must not be put right, be it of somebody or of a move of ours; only what belongs to one VM, where it is named. */
export function maintained(prospect: Prospect, site: Site, vm?: Vm): readonly Diagnostic[] {
  const ours = (vm === undefined ? managedVms(site) : [vm]).filter((one) => flagged(one, site, prospect));
  const own = vm && [...partsOf(vm, site), ...mirrorsOf(vm, site).map(({ name }) => drbdId(name))].map(metaId);
  const flags = prospect.changes.flatMap(({ operation, what }) => {
    const [, set] = (operation === 'delete' && theirs.exec(what)) || [];
    return set === undefined || own?.includes(set) === false ? [] : [what.slice('nvpair '.length)];
  });
  return [...ours.map(no.leftBehind), ...(flags.length === 0 ? [] : [no.inMaintenance(flags)])];
}
