/** `lab status`: which nodes are on, how they are reached, and which links are not healthy. */
import type { RunFiles } from './folders.ts';
import { switchesPower } from './ipmi/start.ts';
import { findLab, type Lab, nodesOf, runs } from './lab.ts';
import { orderSwitch } from './switch/control.ts';
import type { LinkState } from './switch/links.ts';
import { timeoutSeconds } from './timeouts.ts';

export interface NodeStatus {
  readonly name: string;
  readonly address: string;
  /** On 127.0.0.1. */
  readonly sshPort: number;
  readonly power: 'on' | 'off';
  /** UDP port of its power switch, on 127.0.0.1; absent: it has none, or none that runs. */
  readonly ipmiPort?: number;
}

export interface LabStatus {
  /** `broken`: an `up` was killed, or the switch is gone; `lab up` clears it and starts anew. */
  readonly state: 'down' | 'up' | 'broken';
  readonly nodes: readonly NodeStatus[];
  /** The links that are cut, slow or lossy. */
  readonly links: readonly LinkState[];
  readonly files: RunFiles;
}

export async function readStatus(run: RunFiles): Promise<LabStatus> {
  const lab = findLab(run);
  if (lab === undefined) return { state: 'down', nodes: [], links: [], files: run };
  const nodes = listNodes(run, lab);
  if (lab.state !== 'up' || !runs(run, 'switch')) return { state: 'broken', nodes, links: [], files: run };
  const { links } = await orderSwitch(run.switchSocket, { order: 'list' }, timeoutSeconds('answer', 1));
  return { state: 'up', nodes, links, files: run };
}

function listNodes(run: RunFiles, lab: Lab): readonly NodeStatus[] {
  return nodesOf(lab).map((node, at) => {
    const ipmiPort = switchesPower(run, node.name) ? lab.ipmi?.[at] : undefined;
    return {
      name: node.name,
      address: node.address,
      sshPort: lab.ports[at]?.ssh ?? 0,
      power: runs(run, node.name) ? 'on' : 'off',
      ...(ipmiPort === undefined ? {} : { ipmiPort }),
    };
  });
}
