/** The nodes themselves: their names, and the address by which each replicates. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import type { NodeName } from '../step.ts';
import * as findings from './findings.ts';
import type { Look } from './look.ts';
import { isHost } from './names.ts';

export interface DraftNode {
  readonly name: NodeName;
  readonly address: string;
  readonly ssh: SshTarget;
}

export interface Nodes {
  readonly nodes: readonly DraftNode[];
  readonly findings: readonly Diagnostic[];
}

export function nodesOf(looks: readonly Look[]): Nodes {
  const addressed = looks.map((look) => ({ look, ...addressOf(look, looks) }));
  return {
    nodes: addressed.map(({ look: { node, ssh }, address }) => ({ name: node, address, ssh })),
    findings: [...badNames(looks), ...sameMachines(looks), ...addressed.flatMap(({ finding }) => finding ?? [])],
  };
}

function badNames(looks: readonly Look[]): readonly Diagnostic[] {
  return looks.filter(({ node }) => !isHost(node)).map(({ node, ssh }) => findings.badNode(ssh.host, node));
}

/** T4. */
function sameMachines(looks: readonly Look[]): readonly Diagnostic[] {
  return looks.flatMap((look, at) => {
    const twin = looks
      .slice(0, at)
      .find(({ node, machineId }) => node === look.node || (machineId !== undefined && machineId === look.machineId));
    return twin === undefined ? [] : [findings.sameMachine(look.node, [twin.ssh.host, look.ssh.host])];
  });
}

interface Addressed {
  readonly address: string;
  readonly finding?: Diagnostic;
}

/** As most of the resources say; without any, what of its own no other node has as well. */
function addressOf({ node, addresses }: Look, looks: readonly Look[]): Addressed {
  const said = looks.flatMap(({ resources }) =>
    resources.flatMap(({ hosts }) => hosts.filter(({ name }) => name === node).map(({ address }) => address)),
  );
  const often = (address: string): number => said.filter((one) => one === address).length;
  const [most] = [...new Set(said)].sort((a, b) => often(b) - often(a));
  if (most !== undefined) return { address: most };
  const others = looks.filter((look) => look.node !== node).flatMap((look) => look.addresses);
  const own = addresses.filter((one) => !others.includes(one));
  const [first] = own;
  if (first === undefined) return { address: '', finding: findings.noAddress(node) };
  return own.length === 1 ? { address: first } : { address: first, finding: findings.chosenAddress(node, first, own) };
}
