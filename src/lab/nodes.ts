/** Who the nodes of the lab are: names, addresses and MACs follow from the index alone, so that every lab is alike. */

/** A shared layer-2 segment: one NIC of each node. */
export interface Segment {
  readonly name: string;
  /** The first three numbers of its /24. */
  readonly network: string;
}

/** As the image sets them up (templates/lab/overlay/usr/lib/sanctl-lab/identity). The second bears no guests. */
export const segments: readonly Segment[] = [
  { name: 'data', network: '10.77.0' },
  { name: 'second', network: '10.78.0' },
];

export interface LabNode {
  readonly name: string;
  /** Counts from 1. */
  readonly index: number;
  /** Its address on the data segment. */
  readonly address: string;
  /** Its address on the second segment. */
  readonly ring1: string;
  /** MAC of the NIC that only ssh uses. */
  readonly managementMac: string;
  /** MAC on each segment, in the order of `segments`. */
  readonly macs: readonly string[];
}

/** As in the image's /etc/hosts (templates/lab/overlay/etc/hosts). */
export const nodeNames = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel'] as const;

export const defaultNodes = 2;

/** The first `count` nodes of the lab. */
export function firstNodes(count: number): readonly LabNode[] {
  return nodeNames.slice(0, count).map((name, at) => labNode(name, at + 1));
}

function labNode(name: string, index: number): LabNode {
  const last = index.toString(16).padStart(2, '0');
  return {
    name,
    index,
    address: `${segments[0]?.network ?? ''}.${10 + index}`,
    ring1: `${segments[1]?.network ?? ''}.${10 + index}`,
    managementMac: `52:54:00:77:00:${last}`,
    macs: segments.map((_, at) => `52:54:00:77:0${at + 1}:${last}`),
  };
}
