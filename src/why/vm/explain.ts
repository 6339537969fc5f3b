/** Why a VM does not simply run, and what is asked about that. */
import type { Copy } from '../../kinds/domain/copies.ts';
import { bootUnit } from '../../kinds/file/paths.ts';
import type { Vm } from '../../kinds/site.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { domainLogProbe, journalProbe, logProbe } from '../asks.ts';
import { type Cause, cause, on, type State, way } from '../cause.ts';
import type { View } from '../view.ts';
import { asEvidence, unreadFor, whereIs } from './states.ts';
import { notRunning } from './stopped.ts';
import { unclear } from './unclear.ts';

export function vmAsks({ about, code, nodes }: State, view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  if (about.kind !== 'vm' || code === 'unreached') return new Map();
  const every = [...view.facts.keys()];
  const home = view.site.vms[about.name]?.home ?? '';
  return new Map(
    every.map((node) => [
      node,
      [
        domainLogProbe(about.name),
        ...(node === home ? [journalProbe(bootUnit)] : []),
        ...(nodes.includes(node) ? [logProbe] : []),
      ],
    ]),
  );
}

/** `others`: what is wrong with what it stands on. */
export function explainVm(found: State, view: View, others: readonly State[]): readonly Cause[] | undefined {
  const vm = found.about.kind === 'vm' ? view.site.vms[found.about.name] : undefined;
  if (vm === undefined) return undefined;
  const { copies } = whereIs(vm, view);
  if (found.code === 'runs-twice') return [twice(vm, copies)];
  if (found.code === 'unclear') {
    const unread = unreadFor(view);
    return copies.map((copy) =>
      unclear(
        vm,
        copy,
        copies.filter((one) => one !== copy),
        unread,
      ),
    );
  }
  return found.code === 'not-running' || found.code === 'not-found' ? notRunning(vm, view, others) : undefined;
}

function twice({ name }: Vm, copies: readonly Copy[]): Cause {
  const where = copies.map(({ node }) => node).join(' and ');
  return cause('two-copies', 'proven', {
    detail: `Live domains of ${name} are on ${where}: two guests write to one disk at this moment (M6). End one of them now; which one is the right one, only you can know.`,
    evidence: copies.map(asEvidence),
    ways: copies.map(({ node, domain }) =>
      way(
        `To end the one on ${node} at once; what its guest has not written is lost`,
        on(node, `xl destroy ${domain.id}`),
      ),
    ),
  });
}
