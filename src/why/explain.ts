/**
 * From what was read to what is wrong and why. First the states, by the facts alone; then what is to be asked about those,
 * in one more round trip; then the causes. Pure: it never asks, and never changes anything.
 */
import type { Asks } from '../kinds/verb.ts';
import type { Probe } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { arrayAsks, arrayStates, explainArray } from './array.ts';
import { type Cause, cause, type Finding, finding, here, type State, way } from './cause.ts';
import { explainMirror, mirrorAsks } from './drbd/explain.ts';
import { mirrorStates } from './drbd/states.ts';
import { explainIscsi, iscsiAsks, iscsiStates } from './served/iscsi.ts';
import { explainExport, exportAsks, exportStates } from './served/nbd.ts';
import { sliceAbsent, sliceStates, sliceUnusable } from './slice.ts';
import { chainOf, nameOf, type Subject } from './subject.ts';
import { unreachedStates, unreadableStates } from './unread.ts';
import type { View } from './view.ts';
import { explainVm, vmAsks } from './vm/explain.ts';
import { vmStates } from './vm/states.ts';

/** Of the thing and of all that it stands on. */
export function statesOf(subject: Subject, view: View): readonly State[] {
  const chain = chainOf(subject, view.site);
  const states = chain.flatMap((one) => [
    ...(one.kind === 'vm' ? vmStates(one, view) : []),
    ...(one.kind === 'volume' ? [...mirrorStates(one, view), ...sliceStates(one, view)] : []),
    ...(one.kind === 'export' ? [...exportStates(one, view), ...iscsiStates(one, view)] : []),
    ...(one.kind === 'array' ? arrayStates(one, view) : []),
    ...unreadableStates(one, view),
  ]);
  return [...states, ...unreachedStates(chain, view)];
}

/** Of nodes that answered; each question once. */
export function asksOf(states: readonly State[], view: View): Asks {
  const all = new Map<NodeName, Map<string, Probe>>();
  for (const one of states) {
    for (const asks of [
      mirrorAsks(one, view),
      vmAsks(one, view),
      exportAsks(one, view),
      iscsiAsks(one, view),
      arrayAsks(one, view),
    ]) {
      for (const [node, probes] of asks) {
        if (!view.facts.has(node)) continue;
        const own = all.get(node) ?? new Map<string, Probe>();
        for (const probe of probes) own.set(probe.name, probe);
        all.set(node, own);
      }
    }
  }
  return new Map([...all].map(([node, probes]) => [node, [...probes.values()]]));
}

export function explain(states: readonly State[], view: View): readonly Finding[] {
  return states.map((one) => {
    const causes = causesOf(
      one,
      view,
      states.filter((other) => other !== one),
    );
    return finding(one, causes.length > 0 ? causes : [cannotTell(one)]);
  });
}

function causesOf(found: State, view: View, others: readonly State[]): readonly Cause[] {
  switch (found.code) {
    case 'unreached':
    case 'unreadable':
      return [];
    case 'slice-absent':
      return sliceAbsent(found, view);
    case 'slice-unusable':
      return sliceUnusable(found, view);
    default:
      return (
        explainMirror(found, view) ??
        explainVm(found, view, others) ??
        explainExport(found, view) ??
        explainIscsi(found, view) ??
        explainArray(found, view, others) ??
        []
      );
  }
}

/** Nothing that fits was found: said, not guessed. */
function cannotTell({ code, about, nodes, evidence }: State): Cause {
  const where = nodes.join(' and ');
  if (code === 'unreached')
    return cause('node-unreached', 'undecided', {
      detail: `${where} did not answer: it is off, or the way to it is cut. What runs there, and whether it still writes, cannot be told without it; nothing of it is to be promoted or started elsewhere by force before that is known.`,
      evidence,
      ways: [way('Look at its power and its network, then', here(`sanctl facts ${where}`))],
    });
  return cause('cannot-tell', 'undecided', {
    detail: `What was read of ${nameOf(about)} on ${where} does not tell why.`,
    evidence,
    ways: [way('Look at the facts, and at what the kernel says', here(`sanctl facts ${nodes.join(' ')}`))],
  });
}
