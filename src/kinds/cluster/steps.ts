/** The steps of a cluster. Nothing here stops a member, and nothing shoots one. */
import { command, run, type WaitFor } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Site, Vm } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { Change, Prospect } from './facts.ts';
import { vmId } from './names.ts';
import { clusterUnits } from './parse.ts';
import { commitRun } from './scripts.ts';
import { timingOf } from './timing.ts';

const units = clusterUnits;

export function silence(node: NodeName): StepDraft {
  return {
    verb: 'silence',
    node,
    title: 'keep corosync and pacemaker from starting when they are installed',
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'mask', ...units)],
    reason: 'Debian would start them at once, as a cluster of one node with a configuration of its own',
  };
}

export function enable(node: NodeName): StepDraft {
  return {
    verb: 'enable',
    node,
    title: 'have the cluster started at boot',
    danger: 'none',
    guards: [],
    actions: [run('systemctl', 'enable', ...units)],
  };
}

/** On one member for all of them, once each has the file. */
export function reload(node: NodeName): StepDraft {
  return {
    verb: 'reload',
    node,
    title: 'have all members read corosync.conf again',
    danger: 'none',
    guards: [],
    actions: [run('corosync-cfgtool', '-R')],
    reason: 'it has changed',
  };
}

export function startCorosync(node: NodeName): StepDraft {
  return {
    verb: 'start-corosync',
    node,
    title: 'start corosync, now and at boot',
    danger: 'none',
    guards: [],
    actions: [
      run('systemctl', 'unmask', ...units),
      run('systemctl', 'enable', ...units),
      run('systemctl', 'start', 'corosync.service'),
    ],
  };
}

/** Once all talk: a member that is alone for long counts as dead, and is shot. */
export function startPacemaker(node: NodeName, all: readonly NodeName[]): StepDraft {
  return {
    verb: 'start-pacemaker',
    node,
    title: 'start pacemaker',
    danger: 'none',
    needs: all.map((one) => `${one}#start-corosync`),
    guards: [],
    actions: [
      {
        do: 'wait',
        what: 'the members see each other',
        command: command('corosync-quorumtool', '-s'),
        until: { matches: '^Quorate: +Yes' },
        timeoutSeconds: 120,
        everySeconds: 1,
      },
      run('systemctl', 'start', 'pacemaker.service'),
    ],
  };
}

export function awaitMembers(node: NodeName, cluster: Cluster, started: readonly NodeName[]): StepDraft {
  return {
    verb: 'members',
    node,
    title: 'wait until all members are there',
    danger: 'none',
    needs: started.map((one) => `${one}#start-pacemaker`),
    guards: [],
    actions: cluster.nodes.map((one) => untilOnline(one, cluster)),
  };
}

function untilOnline(node: NodeName, cluster: Cluster): WaitFor {
  return {
    do: 'wait',
    what: `${node} is a member`,
    command: command('crm_mon', '--one-shot', '--output-as=xml'),
    until: { matches: `<node name="${literal(node)}" [^>]*online="true" [^>]*pending="false" unclean="false"` },
    timeoutSeconds: 60 + 4 * timingOf(cluster).dcDeadtime,
    everySeconds: 2,
  };
}

/** A cluster that was just made has nothing in it; one that has is another one than was looked at. */
export function commitFirst(node: NodeName, site: Site, cluster: Cluster, vms: readonly Vm[]): StepDraft {
  return {
    verb: 'commit',
    node,
    title: 'give the cluster its configuration',
    danger: 'none',
    guards: [
      {
        ask: command('cibadmin', '--query', '--scope', 'resources'),
        expect: { lacks: '<(primitive|clone|group|bundle|master) ' },
        proves: 'the cluster has no resources yet (P10)',
      },
    ],
    actions: [commitRun(site, '^<cib '), ...started(vms, cluster)],
    reason: 'it has none',
  };
}

export function commit(
  { node, adminEpoch, epoch, changes, consequences }: Prospect & { readonly node: NodeName },
  site: Site,
  cluster: Cluster,
  joining: readonly Vm[],
): StepDraft {
  // That a fence device begins anew interrupts nobody.
  const quiet = consequences.every((line) => /^(Start|Promote) |^\w+ fence-/.test(line));
  return {
    verb: 'commit',
    node,
    title: 'change the configuration of the cluster',
    danger: quiet ? 'none' : 'interrupts',
    guards: [
      {
        ask: command('crm_mon', '--one-shot', '--output-as=xml'),
        expect: { lacks: '<node [^>]*(online="false"|pending="true"|unclean="true")' },
        proves: 'every member is there, and clean',
      },
    ],
    actions: [
      commitRun(site, `^<cib .* epoch="${epoch}" .* admin_epoch="${adminEpoch}"`),
      ...started(joining, cluster),
    ],
    reason: `it differs: ${brief(changes)}`,
  };
}

const shown = 12;

function brief(changes: readonly Change[]): string {
  const words = changes.slice(0, shown).map(({ operation, what }) => `${operation} ${what}`);
  return [...words, ...(changes.length > shown ? [`and ${changes.length - shown} more`] : [])].join(', ');
}

/** That the cluster was told proves nothing. */
function started(vms: readonly Vm[], cluster: Cluster): readonly WaitFor[] {
  const { mirror, vm } = timingOf(cluster);
  return vms
    .filter(({ state }) => state === 'running')
    .map(({ name }) => ({
      do: 'wait' as const,
      what: `the cluster runs ${name}`,
      command: command('crm_mon', '--one-shot', '--output-as=xml'),
      until: { matches: `<resource id="${literal(vmId(name))}" [^>]*role="Started" [^>]*active="true"` },
      timeoutSeconds: mirror.start + mirror.promote + vm.start,
      everySeconds: 2,
    }));
}
