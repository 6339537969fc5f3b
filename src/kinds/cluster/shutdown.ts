/**
 * A member leaves the cluster by its own order, as Pacemaker does when it is stopped: nobody shoots it, and no flag is left behind by
 * a run that broke off. That nothing but its halves of mirrors ends by that, the scheduler says over a copy. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { command, type Guard, type Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { success, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import type { Asks } from '../verb.ts';
import type { World } from '../world.ts';
import { isCalm } from './handing.ts';
import { inFolder, summary } from './scripts.ts';

/**
 * `leaving ID NAME`: prints what the cluster would do besides, were that member told to shut down (the attribute is Pacemaker's own), also
 * what it is about to do anyway; what others are shot by goes elsewhere or ends. Its number is its place in the inventory.
 */
export const leavingText = `leaving() (
${inFolder}${summary}
  fail() { echo "the cluster cannot be asked what it would do: $1"; exit; }
  cibadmin --query >then.xml || fail cibadmin
  CIB_file=then.xml cibadmin --query --no-children --xpath "//node_state[@id='$1' and @uname='$2']" >/dev/null 2>&1 || fail "$2 has another number there"
  cat >state.xml <<END
<node_state id="$1" uname="$2"><transient_attributes id="$1"><instance_attributes id="status-$1"><nvpair id="status-$1-shutdown" name="shutdown" value="1"/></instance_attributes></transient_attributes></node_state>
END
  CIB_file=then.xml cibadmin --modify --allow-create --scope status --xml-file state.xml >/dev/null || fail cibadmin
  summary then.xml >after && grep -q '^Transition Summary:$' after || fail crm_simulate
  grep '^  \\* ' after | grep -Ev '^  \\* (Stop|Move) +fence-|^  \\* Stop +drbd-[^ ]+ +\\( +Unpromoted ' | sed 's/^ *\\* */the cluster would: /'
)
`;

/** As `leaving` takes them; undefined: it is no member. */
export function memberWords(node: NodeName, { cluster }: Site): readonly [id: string, name: string] | undefined {
  const at = cluster?.nodes.indexOf(node) ?? -1;
  return at < 0 ? undefined : [String(at + 1), node];
}

export function leavesQuietly(node: NodeName, site: Site): readonly Guard[] {
  const words = memberWords(node, site);
  if (words === undefined) return [];
  return [
    isCalm,
    {
      ask: command('sh', '-c', `${leavingText}leaving "$@"`, 'sh', ...words),
      expect: { stdout: '' },
      proves: `were ${node} to leave the cluster now, nothing but its halves of mirrors would end (P6)`,
    },
  ];
}

const calmProbe: Probe = { name: 'cluster.status', command: isCalm.ask };

export function calmAsks({ cluster }: Site): Asks {
  return new Map((cluster?.nodes ?? []).map((node) => [node, [calmProbe]]));
}

/** Every member sees every member, and nobody is at work (P6). */
export function notCalm({ site, answers }: World): readonly Diagnostic[] {
  const lacks = 'lacks' in isCalm.expect ? new RegExp(isCalm.expect.lacks) : /$/;
  return (site.cluster?.nodes ?? []).flatMap((node) => {
    const said = success(answers(node), calmProbe.name);
    if (!said.known) return [unreadable('cluster/membership', node, said.why)];
    const [line] = said.value.split('\n').filter((one) => lacks.test(one));
    return line === undefined ? [] : [restless(node, line.trim())];
  });
}

function restless(node: NodeName, line: string): Diagnostic {
  const detail = `By ${node}: ${line.slice(0, 300)}`;
  return error('cluster/restless', 'A member of the cluster is away, or somebody is at work there', detail, {
    help: '`crm_mon -1` shows it. Every member must be online and clean, and none in maintenance.',
  });
}
