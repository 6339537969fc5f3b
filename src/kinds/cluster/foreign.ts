/**
 * A Pacemaker that the inventory does not know: on nodes that are no members of its cluster. It starts, stops and promotes as it
 * was told, and whatever is done behind its back it puts right (P6). So it is asked before anybody uses `xl`. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { domainPath } from '../file/paths.ts';
import { nameOf, reachOf } from '../reach.ts';
import { type Reading, read, success, unreadable } from '../reading.ts';
import type { Site, Vm } from '../site.ts';
import type { World } from '../world.ts';
import type { Foreign } from './facts.ts';

/** What it runs, but nothing that could be a password: kinds of resources, and the parameters by which they name a guest or its disks. */
const askScript = `state=$(systemctl show --property=ActiveState pacemaker.service) || exit
echo "$state"
case $state in ActiveState=inactive | ActiveState=failed) exit 0 ;; esac
said=$(cibadmin --query --scope resources) || exit
printf '%s\\n' "$said" | grep -oE '<primitive [^>]*>|<nvpair [^>]*name="(xmfile|config|name|drbd_resource|device)"[^>]*>'
true`;

export const foreignProbe: Probe = { name: 'cluster.foreign', command: command('sh', '-c', askScript, 'sh') };

export function foreignOf(outputs: ProbeOutputs): Reading<Foreign | 'stopped'> {
  return read(success(outputs, foreignProbe.name), foreignProbe.name, parseForeign);
}

function parseForeign(text: string): Foreign | 'stopped' | undefined {
  const [first, ...lines] = text.split('\n').filter((line) => line !== '');
  if (first === 'ActiveState=inactive' || first === 'ActiveState=failed')
    return lines.length === 0 ? 'stopped' : undefined;
  if (first !== 'ActiveState=active') return undefined;
  const value = (line: string, name: string): readonly string[] =>
    [new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1]].filter((one) => one !== undefined);
  return {
    types: lines.filter((line) => line.startsWith('<primitive ')).flatMap((line) => value(line, 'type')),
    named: lines.filter((line) => line.startsWith('<nvpair ')).flatMap((line) => value(line, 'value')),
  };
}

/** Agents that run guests: from which file, that file alone knows. */
const hosts = /^(Xen|VirtualDomain)$/;

/** Why a VM may be another cluster’s: on each node that could run it. */
export function heldByForeign(vm: Vm, world: World): readonly Diagnostic[] {
  return nodesOf(vm, world.site, world.leftOut).flatMap((node) => {
    const { foreign } = world.have('cluster', node);
    if (!foreign.known) return [unreadable(`domain/${vm.name}`, node, foreign.why)];
    if (foreign.value === 'stopped') return [];
    const { types, named } = foreign.value;
    const own = new Set([vm.name, vm.uuid, domainPath(vm.name), ...vm.disks.map(nameOf)]);
    const found = [...named.filter((one) => own.has(one)), ...types.filter((type) => hosts.test(type))];
    return found.length === 0 ? [] : [foreigners(vm, node, [...new Set(found)])];
  });
}

function nodesOf({ home, disks }: Vm, site: Site, leftOut: readonly NodeName[]): readonly NodeName[] {
  const near = new Set([home, ...disks.flatMap((disk) => reachOf(disk, site))]);
  return Object.keys(site.nodes).filter((node) => near.has(node) && !leftOut.includes(node));
}

function foreigners({ name }: Vm, node: NodeName, what: readonly string[]): Diagnostic {
  return error(
    'cluster/not-in-inventory',
    'A Pacemaker that the inventory does not know may run this VM',
    `Pacemaker runs on ${node} and has ${what.join(', ')}: domain/${name} may be its own. What is done behind its back it takes for a failure, and puts right (P6).`,
    {
      help: `On ${node} \`crm_mon -1\` shows what it runs. Leave ${name} to it, and take it out of the inventory; or take it out of Pacemaker (\`crm_resource --resource ID --meta --parameter is-managed --parameter-value false\` leaves it running), then \`cibadmin --delete\`. If nothing depends on that cluster any more: \`systemctl disable --now pacemaker\` on every node.`,
    },
  );
}
