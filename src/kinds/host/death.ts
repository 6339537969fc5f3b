/**
 * Whether a node is dead. That it is silent proves nothing (it may be cut off, with its guests at work): what proves it is its
 * power, taken and seen to be gone, or the word of a person. But what answers is not dead, whoever says so. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { answer, unreadable } from '../reading.ts';
import type { Node, Site } from '../site.ts';
import type { Asks, Check } from '../verb.ts';
import type { World } from '../world.ts';

export const deadParameter = { type: 'node', means: 'the node that is dead' } as const;

type OfNode = { node: typeof deadParameter };

/** Everybody but the dead one, who has to be asked: any of them may run what it ran (X1). */
export function survivors({ node }: { readonly node: Node }, { nodes }: Site): readonly NodeName[] {
  return Object.keys(nodes).filter((name) => name !== node.name);
}

export function theDead({ node }: { readonly node: Node }): readonly NodeName[] {
  return [node.name];
}

function addressesOf({ address, ring1 }: Node): readonly string[] {
  return ring1 === undefined ? [address] : [address, ring1];
}

/** ping(8): 0 when it answers, 1 when nobody does, 2 for anything else. */
function ping(address: string) {
  return command('ping', '-c', '3', '-i', '0.5', '-W', '2', '-n', address);
}

function pingProbe(address: string): Probe {
  return { name: `host.ping:${address}`, command: ping(address) };
}

/** Right before anything rests on its death. */
export function isSilent(node: Node): readonly Guard[] {
  return addressesOf(node).map((address) => ({
    ask: ping(address),
    expect: { exit: 1 },
    proves: `${node.name} does not answer at ${address}`,
  }));
}

export function silenceAsks({ node }: { readonly node: Node }, site: Site): Asks {
  const probes = addressesOf(node).map(pingProbe);
  return new Map(survivors({ node }, site).map((name) => [name, probes]));
}

export const silent: Check<OfNode> = {
  summary: 'it answers none of the other nodes, at any of its addresses',
  takes: { node: deadParameter },
  nodes: survivors,
  dead: theDead,
  asks: silenceAsks,
  check: ({ node }, world) => survivors({ node }, world.site).flatMap((from) => heard(node, from, world)),
};

function heard(node: Node, from: NodeName, world: World): readonly Diagnostic[] {
  return addressesOf(node).flatMap((address) => {
    const said = answer(world.answers(from), pingProbe(address).name);
    if (!said.known) return [unreadable(`host/${node.name}`, from, said.why)];
    const { code, stdout, stderr } = said.value;
    if (code === 0) return [answers(node.name, `${from} gets answers from ${address}`)];
    const words = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
    return code === 1
      ? []
      : [unreadable(`host/${node.name}`, from, `\`ping ${address}\` ended with ${code}: ${words.slice(0, 200)}`)];
  });
}

/** `how`: a clause. */
export function answers(node: NodeName, how: string): Diagnostic {
  return error('failover/answers', 'A node that is to be dead answers', `${node} is alive: ${how}.`, {
    help: `As long as it answers, its VMs may run there. Empty it with \`sanctl evacuate ${node}\`; if it cannot be reached by ssh, repair that, or shut it down at its console.`,
  });
}
