/** Where a VM is, and whether that is as it should be. */
import { censusIn, copiesOf } from '../../kinds/domain/census.ts';
import { type Copy, whereabouts } from '../../kinds/domain/copies.ts';
import { unknown } from '../../kinds/reading.ts';
import type { Vm } from '../../kinds/site.ts';
import type { NodeName } from '../../step.ts';
import { type Evidence, type State, state } from '../cause.ts';
import type { Subject } from '../subject.ts';
import type { View } from '../view.ts';

export function whereIs(vm: Vm, { site, facts }: View) {
  const nodes = Object.keys(site.nodes).filter((node) => facts.has(node));
  const census = censusIn(nodes, (node) => facts.get(node)?.domain.domains ?? unknown('it did not answer'));
  const copies = copiesOf(vm, census);
  return { where: whereabouts(vm, copies), copies };
}

export function vmStates(subject: Subject, view: View): readonly State[] {
  const vm = view.site.vms[subject.name];
  if (vm === undefined) return [];
  const { where, copies } = whereIs(vm, view);
  const nodes = [...new Set(copies.map(({ node }) => node))];
  const evidence = copies.map(asEvidence);
  if (where.is === 'twice') return [state('runs-twice', subject, nodes, evidence)];
  if (where.is === 'unclear') return [state('unclear', subject, nodes, evidence)];
  if (where.is !== 'nowhere' || vm.state !== 'running') return [];
  // What nobody could look at may run it (X1).
  return [state(unreadFor(view).length > 0 ? 'not-found' : 'not-running', subject, [vm.home])];
}

/** Nodes that did not say what runs there; any may run any VM (X1). */
export function unreadFor({ site, facts }: View): readonly NodeName[] {
  return Object.keys(site.nodes).filter((node) => facts.get(node)?.domain.domains.known !== true);
}

export function asEvidence({ node, domain }: Copy): Evidence {
  const { name, id, state, uuid } = domain;
  return { node, source: 'xl list', line: `${name} ${id} ${state} ${uuid}` };
}
