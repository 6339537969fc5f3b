/** Whether a node reaches an address, as `ping` said there. Pure. */
import type { NodeName } from '../step.ts';
import { pingProbe } from './asks.ts';
import type { Evidence } from './cause.ts';
import type { View } from './view.ts';

interface Ping {
  readonly from: NodeName;
  readonly address: string;
  readonly answered: boolean;
  readonly evidence: Evidence;
}

/** From a node to the replication address of another; none where `ping` is not there or did not end. */
export function pingOf(from: NodeName, to: NodeName, view: View): readonly Ping[] {
  const address = view.site.nodes[to]?.address;
  if (address === undefined) return [];
  const said = view.answers.get(from)?.get(pingProbe(address).name);
  if (said?.code !== 0 && said?.code !== 1) return [];
  const line = said.stdout.split('\n').find((one) => one.includes('packets transmitted')) ?? `exit ${said.code}`;
  return [
    { from, address, answered: said.code === 0, evidence: { node: from, source: `ping ${to} (${address})`, line } },
  ];
}
