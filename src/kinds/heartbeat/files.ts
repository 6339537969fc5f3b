/**
 * The classic heartbeat (Debian: heartbeat 3.0.6), for two nodes that still run it: `ha.cf`, `haresources`, `authkeys`, and what
 * its wrapper of OCF agents reads for each VM. The same bytes on both nodes. Pure.
 */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { domainPath, heartbeatPaths, heartbeatVmPath } from '../file/paths.ts';
import type { FileWant } from '../file/thing.ts';
import { volumesOf } from '../reach.ts';
import type { Heartbeat } from '../site/heartbeat.ts';
import type { Fence } from '../site/node.ts';
import type { Site, Vm } from '../site.ts';
import type { TemplateView, World } from '../world.ts';

/** `ha.cf` has a password in it, so nobody but root reads it; heartbeat itself wants `authkeys` so (authkeys(5)). */
export function heartbeatFiles(site: Site, heartbeat: Heartbeat, render: World['render']): readonly FileWant[] {
  const { config, resources, keys } = heartbeatPaths;
  const file = (path: string, content: Content, mode: string): FileWant => ({ path, content, mode, folder: '0755' });
  return [
    file(keys, render('heartbeat/authkeys', { secret: { secret: heartbeat.secret } }), '0600'),
    file(config, render('heartbeat/ha.cf', configView(site, heartbeat)), '0600'),
    file(
      resources,
      render('heartbeat/haresources', { groups: vmsOf(site, heartbeat).map((vm) => group(vm, heartbeat)) }),
      '0644',
    ),
    ...vmsOf(site, heartbeat).map(({ name }) =>
      file(
        heartbeatVmPath(name),
        render('heartbeat/xen', { name, file: domainPath(name), shutdown: heartbeat.shutdownSeconds }),
        '0644',
      ),
    ),
  ];
}

/** Those that are to run: what stands in `haresources` is started. */
function vmsOf(site: Site, { vms }: Heartbeat): readonly Vm[] {
  return vms.flatMap((name) => site.vms[name] ?? []).filter(({ state }) => state === 'running');
}

/** Its mirrors become Primary first. Who gets mail is told last. */
function group(vm: Vm, { mail }: Heartbeat): TemplateView {
  const disks = [...new Set(volumesOf(vm))].map((volume) => `drbddisk::${volume}`);
  const told = mail.map((address) => `MailTo::${address}::${vm.name}`);
  return { home: vm.home, resources: [...disks, `OCF::Xen::${vm.name}`, ...told].join(' ') };
}

/** Times as ha.cf(5) advises: several beats within `deadtime`, twice as long and more at boot. */
function configView(site: Site, { nodes, interfaces, detectionSeconds, failback }: Heartbeat): TemplateView {
  return {
    keepalive: Math.floor((detectionSeconds * 1000) / 5),
    warntime: Math.floor((detectionSeconds * 1000) / 2),
    deadtime: detectionSeconds,
    initdead: Math.max(120, 2 * detectionSeconds),
    failback: failback ? 'on' : 'off',
    // What a node sends to itself it ignores (ha.cf(5)), so that both have the same lines.
    links: interfaces.flatMap((device, ring) =>
      nodes.map((node) => ({ device, address: addressesOf(node, site)[ring] ?? '' })),
    ),
    shots: nodes.flatMap((victim) => shotsAt(victim, nodes, site)),
    nodes: nodes.map((name) => ({ name })),
  };
}

function addressesOf(node: NodeName, site: Site): readonly string[] {
  const { address, ring1 } = site.nodes[node] ?? { address: '' };
  return [address, ...(ring1 === undefined ? [] : [ring1])];
}

/** The other one shoots: nobody is asked to shoot himself. */
function shotsAt(victim: NodeName, nodes: readonly NodeName[], site: Site): readonly TemplateView[] {
  const fence = site.nodes[victim]?.fence;
  if (fence?.password === undefined) return [];
  const password = { secret: fence.password };
  return nodes.filter((node) => node !== victim).map((from) => ({ from, victim, ...deviceOf(fence), password }));
}

/** `stonith -t external/ipmi -n`: hostname, ipaddr, userid, passwd, interface (cluster-glue 1.0.12). */
function deviceOf({ options }: Fence): { readonly address: string; readonly user: string; readonly interface: string } {
  return {
    address: options['ip'] ?? options['ipaddr'] ?? '',
    user: options['username'] ?? options['login'] ?? '',
    interface: options['lanplus'] === '1' ? 'lanplus' : 'lan',
  };
}
