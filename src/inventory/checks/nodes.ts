/** Two names for one machine would be two sets of steps on the same disks. */
import { type Check, entries, type Use, usedTwice } from './subject.ts';

export const nodes: Check = (subject) => {
  const all = entries(subject.draft.nodes);
  const shared = subject.draft.defaults?.ssh;
  const addresses = all.flatMap(([node, { address }]): Use[] =>
    address === undefined
      ? []
      : [{ key: canonical(address), what: `The address ${address}`, path: ['nodes', node, 'address'] }],
  );
  const isRefused = (node: string, key: 'host' | 'port'): boolean =>
    subject.locate.has('nodes', node, 'ssh', key) && subject.draft.nodes?.[node]?.ssh?.[key] === undefined;
  const readable = all.filter(([node]) => !isRefused(node, 'host') && !isRefused(node, 'port'));
  const targets = readable.map(([node, { ssh }]): Use => {
    const host = ssh?.host ?? node;
    const port = ssh?.port ?? shared?.port ?? 22;
    // The same name behind another jump host, or in another configuration, is another machine.
    const through = [ssh?.proxyJump ?? shared?.proxyJump, ssh?.configFile ?? shared?.configFile];
    const path = ['nodes', node, ...(ssh?.host === undefined ? [] : ['ssh', ssh.port === undefined ? 'host' : 'port'])];
    return { key: JSON.stringify([host.toLowerCase(), port, through]), what: `The ssh target ${host}:${port}`, path };
  });
  const help = 'Each node is a machine of its own.';
  return [...usedTwice(subject, addresses, help), ...usedTwice(subject, targets, help)];
};

/** IPv6 has many spellings of one address; the URL parser knows the shortest. */
export function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname : address;
}
