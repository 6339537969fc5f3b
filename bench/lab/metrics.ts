/** The metrics that need real Xen hosts, and their control. One lab for all of them. */
import { abba, type Ratio } from '../abba.ts';
import type { Context, Finding, Metric } from '../metric.ts';
import { firstApply, secondApply } from './apply-twice.ts';
import { exported } from './exports.ts';
import { type Hosts, onNode, openLab } from './hosts.ts';
import { migration } from './moves.ts';
import { volumeCount, volumeSize } from './volumes.ts';

export const labMetrics: readonly Metric[] = [
  inLab(4, 'Second apply', secondApply),
  inLab(5, 'Many mirrored volumes', volumeCount),
  inLab(6, 'Large mirrored volumes', volumeSize),
  inLab(7, 'Live migration', migration),
  inLab(9, 'Exports', exported),
  inLab(10, 'First apply', firstApply),
];

function inLab(
  number: number,
  title: string,
  measure: (hosts: Hosts, context: Context) => Promise<readonly Finding[]>,
): Metric {
  return { number, title, measure: (context) => withHosts((hosts) => measure(hosts, context)) };
}

async function withHosts<T>(work: (hosts: Hosts) => Promise<T>): Promise<T> {
  const hosts = await openLab();
  try {
    return await work(hosts);
  } finally {
    await hosts.leave();
  }
}

/** LVM asked on both nodes, against itself. */
export function labControl(blocks: number): Promise<Ratio> {
  const text = 'for i in 1 2 3 4 5; do lvs; vgs; done >/dev/null\n';
  return withHosts(async (hosts) => {
    // A lab that was left behind by somebody else may have a node without power.
    await hosts.reset();
    const arm = async (): Promise<undefined> => {
      await Promise.all(hosts.names.map((name) => onNode(hosts, name, text)));
      return undefined;
    };
    return abba(arm, arm, blocks);
  });
}
