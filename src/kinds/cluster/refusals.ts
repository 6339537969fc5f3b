/** Why a cluster is not changed, and the way out. */
import { type Diagnostic, error, note, warning } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Vm } from '../site.ts';

export function otherKey(nodes: readonly NodeName[]): Diagnostic {
  const detail = `The cluster runs with another authkey than the inventory’s on ${nodes.join(', ')}: whoever got the new one would be shut out, and shot.`;
  return error('cluster/other-key', 'The key of a running cluster is not exchanged', detail, {
    help: 'Go back to the old secret. To exchange it, stop the cluster on all nodes (`crm_attribute -n maintenance-mode -v true`, then `systemctl stop pacemaker corosync`), which leaves the VMs running, and apply.',
  });
}

export function notAgreed(epochs: readonly string[]): Diagnostic {
  return error('cluster/not-agreed', 'Members have different configurations of the cluster', `${epochs.join('; ')}.`, {
    help: 'Somebody changes it at this moment, or the members do not see each other: `crm_mon -1` on each; then plan again.',
  });
}

export function halfRunning(running: readonly NodeName[], stopped: readonly NodeName[]): Diagnostic {
  const detail = `Pacemaker runs on ${running.join(', ')} and not on ${stopped.join(', ')}.`;
  return note('cluster/half-running', 'Not every member of the cluster runs', detail);
}

export function invalid(said: readonly string[]): Diagnostic {
  return error('cluster/invalid', 'Pacemaker refuses the configuration', `crm_verify says: ${said.join(' / ')}`, {
    help: 'Often something that sanctl did not make refers to what is to go: `crm configure show`, or `cibadmin --query`, on a member.',
  });
}

/** Nothing that is asked for here should cost a node its power. */
export function wouldFence(lines: readonly string[]): Diagnostic {
  return error('cluster/would-fence', 'The cluster would shoot a node', `crm_simulate says: ${lines.join('; ')}`, {
    help: 'A member is not clean: `crm_mon -1` says which. Let the cluster come to rest, or put the node right, and plan again.',
  });
}

export function runsAlready({ name }: Vm, node: NodeName): Diagnostic {
  const detail = `domain/${name} runs on ${node}, started by somebody else. Taking it over as it runs is unproven.`;
  return error('cluster/runs-already', 'A VM that the cluster is to take over runs', detail, {
    help: `\`sanctl vm stop ${name}\`, then apply: the cluster starts it.`,
  });
}

export function stillRuns(name: string): Diagnostic {
  const detail = `The cluster still runs ${name}: its mirrors would be taken away before its guest has shut down.`;
  return error('cluster/leaves-running', 'A VM that is to leave the cluster runs', detail, {
    help: `First \`state: stopped\` with \`highlyAvailable: true\`, and apply; then \`highlyAvailable: false\`, and apply.`,
  });
}

export function untied(volume: string): Diagnostic {
  const detail = `The mirror ${volume} would no longer be tied to the VM that the cluster has on it.`;
  return error('cluster/untied', 'A VM of the cluster would lose the tie to its disk', detail, {
    help: 'Let the VM leave the cluster first: in the inventory, with that disk, `state: stopped`, and apply; then `highlyAvailable: false`, and apply.',
  });
}

/** P9. */
export function renumbered(lost: readonly string[]): Diagnostic {
  const detail = `On a member, corosync.conf has ${lost.join(', ')}, and the inventory does not, or at another place: the others would shoot a member that is taken out, and who is known by another number is another node.`;
  return error('cluster/renumbered', 'A member of a cluster keeps its number', detail, {
    help: 'Put `cluster.nodes` back as it was; a new member goes to the end. Taking one out is not supported yet.',
  });
}

/** Which side may be promoted the agents of the mirrors say once they run: crm_simulate cannot know. */
export function consequences(lines: readonly string[], joining: readonly Vm[]): Diagnostic {
  const now = lines.length === 0 ? 'nothing starts, stops or moves' : lines.join('; ');
  const names = joining
    .filter(({ state }) => state === 'running')
    .map(({ name, home }) => `${name} (at home on ${home})`);
  const then = names.length === 0 ? '' : ` Once their mirrors run it promotes them, and starts ${names.join(', ')}.`;
  return note('cluster/consequences', 'What the cluster does then', `crm_simulate: ${now}.${then}`);
}

export function notOurs(nodes: readonly NodeName[]): Diagnostic {
  const detail = `Corosync runs on ${nodes.join(', ')} by a file that sanctl did not write.`;
  return error('cluster/not-ours', 'A cluster runs that sanctl did not set up', detail, {
    help: 'If nothing depends on it (Debian starts a cluster of one when it installs corosync): `systemctl disable --now pacemaker corosync` there and `rm -r /var/lib/pacemaker/cib/*`, then plan again. To take over a cluster of this very membership: `--adopt /etc/corosync/corosync.conf`.',
  });
}

/** As after a power loss of all. */
export function comesBack(): Diagnostic {
  const detail =
    'It was set up before, and runs on no member: it is started, and goes on with the configuration that it has.';
  return note('cluster/comes-back', 'The cluster is started as it was', detail, {
    help: 'Apply again once it runs: then its configuration is held against the inventory.',
  });
}

export function firstStart(vms: readonly Vm[]): Diagnostic {
  const list = vms.map(({ name, home }) => `${name} on ${home}`).join(', ');
  const detail = `It does not run yet, so nobody can be asked. By its configuration it starts ${list || 'nothing'}.`;
  return note('cluster/first-start', 'What the cluster does then', detail);
}

/** X1, C2: what the cluster does not see. */
export function diskInUse(volume: string, node: NodeName, users: readonly string[], what: string): Diagnostic {
  const detail = `${what}, and ${users.join(', ')} on ${node} has ${volume} open, or may have.`;
  return error('cluster/disk-in-use', 'A disk is in use by a domain that the cluster does not mean', detail, {
    help: `Stop that domain first (\`xl list -v\` on ${node}); one that the cluster runs: \`state: stopped\`, under the name and with the disks that it has, and apply.`,
  });
}

/** By a rename, or by a disk that changes hands: whoever had it would be left without its tie (P4). */
export function tiedToAnother({ name }: Vm, volume: string): Diagnostic {
  const detail = `In the cluster, the mirror of ${volume} belongs to another resource than vm-${name}: that one would stay there, tied to no mirror, and could start beside it.`;
  return error('cluster/tied-to-another', 'A mirror belongs to another VM of the cluster', detail, {
    help: `A VM keeps its name and its disks while it is in the cluster. First have the other one leave, under its old name: \`state: stopped\`, apply; then \`highlyAvailable: false\`, apply.`,
  });
}

/** P8: nobody starts it elsewhere when its node dies. */
export function leftBehind({ name }: Pick<Vm, 'name'>): Diagnostic {
  const detail = `A move of sanctl has domain/${name} and its mirrors in maintenance: the cluster does not look at them, and starts ${name} nowhere else when its node dies.`;
  return error('cluster/left-in-maintenance', 'A move has left a VM in maintenance', detail, {
    help: `If nobody moves it at this moment: \`sanctl migrate ${name} --cleanup\` finds out where it is, and gives it back to the cluster.`,
  });
}

/** 3.2: to give it back now would have the cluster start it, or stop one of two. */
export function noPlaceYet({ name }: Pick<Vm, 'name'>, parts: readonly string[]): Diagnostic {
  const flags = parts.map((id) => `@id="sanctl-maintenance-${id}"`).join(' or ');
  const refresh = parts.map((id) => `\`crm_resource --refresh --resource ${id}\``).join(', ');
  const detail = `Where domain/${name} runs is not certain, or it runs nowhere: the cluster would start it, so it and its mirrors stay in maintenance.`;
  return warning('cluster/kept-in-maintenance', 'A VM stays in maintenance', detail, {
    help: `Once it is certain that it runs nowhere, or where: on a member ${refresh}, see that \`crm_mon -1\` has it as it is; then \`cibadmin --delete-all --force --xpath '//meta_attributes[${flags}]'\` gives it to the cluster, which starts it if it runs nowhere.`,
  });
}

/** P5, P6: somebody is at work there by hand. */
export function inMaintenance(ids: readonly string[]): Diagnostic {
  const detail = `Somebody has taken it out of the cluster’s hands: ${ids.join(', ')}. To take that back would have the cluster act on what he does.`;
  return error('cluster/in-maintenance', 'A part of the cluster is in maintenance', detail, {
    help: 'Ask whoever set it. When he has finished: `crm_resource --resource ID --meta --delete-parameter is-managed` (or `maintenance`), then plan again.',
  });
}
