/**
 * Would the cluster leave a VM where it is to go? Asked before anything is touched, of Pacemaker’s own scheduler over a copy: the copy
 * is led there by a constraint, which is taken away again, and what it would do then is what it would do after the move. Pure.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { Probe } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { type Reading, read, success, unreadable } from '../reading.ts';
import type { Site, Vm } from '../site.ts';
import type { World } from '../world.ts';
import { maintained, partsOf } from './maintenance.ts';
import { isManaged } from './members.ts';
import { vmId } from './names.ts';
import { inFolder, summary } from './scripts.ts';
import { element, xmlText } from './xml.ts';

const marks = ['where', 'now', 'there', 'then', 'end'] as const;
const markOf = (mark: (typeof marks)[number]): string => `== sanctl ${mark}`;

const there = 'sanctl-move-there';

const look = `${inFolder}cat >constraint.xml
where() {
  for part; do CIB_file=$file crm_resource --resource "$part" --locate || return; done
}
${summary}
cibadmin --query >now.xml || exit
echo '${markOf('where')}'
file=now.xml where "$@" || exit
echo '${markOf('now')}'
summary now.xml || exit
cp now.xml then.xml || exit
CIB_file=then.xml cibadmin --create --scope constraints --xml-file constraint.xml || exit
crm_simulate --simulate --xml-file then.xml --save-output moved.xml >/dev/null || exit
CIB_file=moved.xml cibadmin --delete --xml-file constraint.xml || exit
echo '${markOf('there')}'
file=moved.xml where "$@" || exit
echo '${markOf('then')}'
summary moved.xml || exit
echo '${markOf('end')}'
`;

/** Of the node where it is to go, which is up. */
export function stayAsks(vm: Vm, to: NodeName, site: Site): readonly Probe[] {
  if (!isManaged(site, vm) || site.cluster?.nodes.includes(to) !== true) return [];
  const constraint = element('rsc_location', { id: there, rsc: vmId(vm.name), node: to, score: 'INFINITY' });
  const argv = ['sh', '-c', look, 'sh', ...partsOf(vm, site)] as const;
  return [{ name: probeOf(vm), command: { argv, stdin: xmlText(constraint) }, timeoutSeconds: 120 }];
}

const probeOf = ({ name }: Vm): string => `cluster.stay:${name}`;

interface Staying {
  /** What crm_resource says of each part, now. */
  readonly where: readonly string[];
  /** And once it was led there. */
  readonly there: readonly string[];
  /** What the cluster would do then, and not now. */
  readonly after: readonly string[];
}

/** What the cluster has against a move, beside what its mirrors and nodes have. `from`: where it runs, by its own look. */
export function against(vm: Vm, from: NodeName | undefined, to: NodeName, world: World): readonly Diagnostic[] {
  const { site, leftOut, have, answers } = world;
  const flags = (site.cluster?.nodes ?? []).flatMap((node) => {
    const prospect = leftOut.includes(node) ? undefined : have('cluster', node).prospect;
    return prospect?.known && prospect.value !== 'stopped' ? [maintained(prospect.value, site, vm)] : [];
  });
  const [held] = flags.filter((one) => one.length > 0);
  // Of what is in maintenance, the scheduler moves nothing.
  if (held !== undefined) return held;
  if (from === undefined || from === to) return [];
  const said: Reading<Staying> = read(success(answers(to), probeOf(vm)), probeOf(vm), parse);
  if (!said.known) return [unreadable(`domain/${vm.name}`, to, said.why)];
  const { where, there: led, after } = said.value;
  if (!isAt(vm, from, where, site)) return [otherPlace(vm, from, where)];
  if (!isAt(vm, to, led, site)) return [wouldNotGo(vm, to, led)];
  return after.length === 0 ? [] : [wouldNotStay(vm, to, after)];
}

/** It runs there and nowhere else, and so are its mirrors promoted. */
function isAt(vm: Vm, node: NodeName, lines: readonly string[], site: Site): boolean {
  const [own, ...mirrors] = partsOf(vm, site);
  const of = (part: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`resource ${part} is `)).map((line) => line.trimEnd());
  const promoted = (part: string): readonly string[] => of(part).filter((line) => line.endsWith(' Promoted'));
  return (
    of(own).join() === `resource ${own} is running on: ${node}` &&
    mirrors.every((part) => promoted(part).join() === `resource ${part} is running on: ${node} Promoted`)
  );
}

function parse(text: string): Staying | undefined {
  const lines = text.split('\n');
  const at = marks.map((mark) => lines.indexOf(markOf(mark)));
  if (at.some((one, index) => one < 0 || one < (at[index - 1] ?? 0))) return undefined;
  const [where = [], now = [], led = [], then = []] = at.map((one, index) => lines.slice(one + 1, at[index + 1]));
  if (!now.includes(begins) || !then.includes(begins)) return undefined;
  return { where, there: led, after: then.filter((line) => !now.includes(line)).map(plain) };
}

const begins = 'Transition Summary:';

function plain(line: string): string {
  return line
    .replace(/^ +\* +/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function otherPlace({ name }: Vm, node: NodeName, where: readonly string[]): Diagnostic {
  const detail = `domain/${name} runs on ${node}; crm_resource says: ${where.join('; ')}.`;
  return error('cluster/otherwise', 'The cluster has a VM or its mirrors elsewhere than they are', detail, {
    help: 'It is at work, or knows less than there is: `crm_mon -1`; `crm_resource --refresh` has it look anew. Then again.',
  });
}

function wouldNotGo({ name }: Vm, to: NodeName, where: readonly string[]): Diagnostic {
  const detail = `Led to ${to}, domain/${name} and its mirrors would not come there. By crm_simulate: ${where.join('; ')}.`;
  return error('cluster/would-not-go', 'The cluster would not have a VM there', detail, {
    help: `Something keeps it away: a constraint (\`crm_resource --resource ${vmId(name)} --constraints\`), a node in standby or maintenance, too little memory as the cluster counts it (\`nodes.${to}.guestMemory\`). Remove that, then again.`,
  });
}

function wouldNotStay({ name }: Vm, to: NodeName, lines: readonly string[]): Diagnostic {
  const detail = `With domain/${name} on ${to}, the cluster would act at once. crm_simulate says: ${lines.join('; ')}.`;
  return error('cluster/would-not-stay', 'The cluster would not leave a VM where it is to go', detail, {
    help: '`cluster.stickiness` must outweigh what draws it back (its home weighs 100); `cli-…` constraints of somebody are removed by `crm_resource --resource ID --clear`.',
  });
}
