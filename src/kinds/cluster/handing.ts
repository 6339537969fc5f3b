/** Taking a VM out of the cluster’s hands, and giving it back: what is run on a member, and waited for. Pure. */
import { command, type Guard, type Run, run, type WaitFor } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Site, Vm } from '../site.ts';
import { flagsOf, partsOf } from './maintenance.ts';
import { committed, inFolder, summary } from './scripts.ts';
import { timingOf } from './timing.ts';

const status = command('crm_mon', '--one-shot', '--output-as=xml');

/** P6. Somebody who has the whole cluster in maintenance is at work. */
export const isCalm: Guard = {
  ask: status,
  expect: {
    lacks: '<node [^>]*(online="false"|pending="true"|unclean="true"|maintenance="true")|maintenance-mode="true"',
  },
  proves: 'every member is there, and clean, and none is in maintenance (P6)',
};

/** By the cluster’s own word: of the VM the only line, of a mirror the only one that is promoted. */
export function knowsAt(vm: Vm, node: NodeName, site: Site): readonly Guard[] {
  const [own, ...mirrors] = partsOf(vm, site);
  return [
    {
      ask: command('crm_resource', '--resource', own, '--locate'),
      expect: { stdout: `resource ${own} is running on: ${node}` },
      proves: `the cluster has ${own} on ${node} and nowhere else (P6)`,
    },
    ...mirrors.map((part) => ({
      ask: command('crm_resource', '--resource', part, '--locate'),
      expect: { matches: `^resource ${literal(part)} is running on: ${literal(node)} Promoted *$` },
      proves: `the cluster has ${part} promoted on ${node} (P6)`,
    })),
  ];
}

export function untilKnownAt(vm: Vm, node: NodeName, site: Site): readonly WaitFor[] {
  return knowsAt(vm, node, site).map(({ ask, expect, proves }) => wait(proves, ask, expect, 60));
}

/** As Pacemaker itself sees the flags, whatever else stands in its configuration. */
export function untilLeftAlone(vm: Vm, site: Site): readonly WaitFor[] {
  return partsOf(vm, site).map((part) =>
    wait(
      `the cluster leaves ${part} alone`,
      status,
      { matches: `<(resource|clone) id="${literal(part)}" [^>]*managed="false"` },
      60,
    ),
  );
}

/** Whatever it had begun has ended, the last look of an agent too: `--wait` goes by the scheduler, and by what is pending (tried). */
export function untilIdle(cluster: Cluster): WaitFor {
  const { mirror, vm } = timingOf(cluster);
  const ask = command('crm_resource', '--wait', '--timeout=10s');
  return wait('the cluster has nothing under way', ask, { exit: 0 }, mirror.start + mirror.promote + vm.start);
}

function wait(what: string, ask: WaitFor['command'], until: WaitFor['until'], timeoutSeconds: number): WaitFor {
  return { do: 'wait', what, command: ask, until, timeoutSeconds, everySeconds: 2 };
}

/** What it remembers of them is forgotten, failures too, and every member looks anew: in maintenance it only looks. */
export function lookAnew(vm: Vm, site: Site): readonly Run[] {
  return partsOf(vm, site).map((part) => run('crm_resource', '--refresh', '--resource', part));
}

/**
 * P5, P10: the flags go in one change, of exactly the configuration and state over which the scheduler was asked; it changes nothing
 * that it would not have changed anyway. That it would change nothing is no proof alone: of what moved behind its back it knows
 * nothing (tried). So it must have them where they are, in this very copy.
 */
const composed = `  cibadmin --query >now.xml || exit
  cp now.xml then.xml || exit
  CIB_file=now.xml cibadmin --query --no-children --xpath "$flags" >/dev/null || { echo "nothing of sanctl has $vm in maintenance" >&2; exit 1; }
  CIB_file=then.xml cibadmin --delete-all --force --xpath "$flags" >/dev/null || exit
  there=$(CIB_file=then.xml crm_resource --resource "$vm" --locate) || exit
  [ "$there" = "resource $vm is running on: $node" ] || { echo "not on $node alone: $there; it stays in maintenance" >&2; exit 1; }
  for part; do
    there=$(CIB_file=then.xml crm_resource --resource "$part" --locate) || exit
    [ "$(printf '%s\\n' "$there" | grep ' Promoted *$')" = "resource $part is running on: $node Promoted" ] ||
      { echo "not promoted on $node alone: $there; it stays in maintenance" >&2; exit 1; }
  done
  summary now.xml >before && summary then.xml >after && grep -q '^Transition Summary:$' after || exit
  if grep -vxFf before after >new; then
    echo "the cluster would act at once, so it stays in maintenance:" >&2
    cat new >&2
    exit 1
  fi
`;

const giveBackScript = `${inFolder}${summary}
node=$1 flags=$2 vm=$3
shift 3
${committed(composed)}`;

export function giveBack(vm: Vm, node: NodeName, site: Site): Run {
  return run('sh', '-c', giveBackScript, 'sh', node, flagsOf(vm, site), ...partsOf(vm, site));
}
