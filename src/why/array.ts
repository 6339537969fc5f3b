/** Why an array runs without all of its members, or not at all. */
import { arrayUnit } from '../kinds/array/paths.ts';
import { type ArrayStatus, isLacking, statusOf } from '../kinds/array/status.ts';
import { memberPaths } from '../kinds/array/things.ts';
import { nameOf as backingName } from '../kinds/reach.ts';
import type { Probe } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { journalProbe, logProbe } from './asks.ts';
import { type Cause, cause, type Evidence, here, on, type State, state, way } from './cause.ts';
import { logOf } from './log.ts';
import { nameOf, type Subject } from './subject.ts';
import { linesOf, type View } from './view.ts';
import { stateWords } from './words.ts';

function statusIn({ name }: Subject, view: View): ArrayStatus | undefined {
  return statusOf(view.site, view.facts).arrays.find((one) => one.name === name);
}

export function arrayStates(subject: Subject, view: View): readonly State[] {
  const status = statusIn(subject, view);
  const codes = {
    degraded: 'degraded',
    failed: 'failed',
    stopped: 'stopped',
    'read-only': 'read-only',
    clean: undefined,
    unknown: undefined,
  } as const;
  const code = status === undefined ? undefined : codes[status.state];
  if (status === undefined || code === undefined) return [];
  return [state(code, subject, [status.node], membersOf(status))];
}

function membersOf({ node, members }: ArrayStatus): readonly Evidence[] {
  return members.map(({ path, state }) => ({ node, source: 'md', line: `${path} ${state}` }));
}

export function arrayAsks({ about, code, nodes }: State, _view: View): ReadonlyMap<NodeName, readonly Probe[]> {
  if (about.kind !== 'array' || code === 'unreached') return new Map();
  return new Map(nodes.map((node) => [node, [logProbe, journalProbe(arrayUnit(about.name))]]));
}

export function explainArray(found: State, view: View, others: readonly State[]): readonly Cause[] | undefined {
  const array = found.about.kind === 'array' ? view.site.arrays[found.about.name] : undefined;
  const status = array === undefined ? undefined : statusIn(found.about, view);
  if (array === undefined || status === undefined || found.code === 'unreached') return undefined;
  const { name, node } = array;
  const paths = memberPaths(array, view.site);
  if (found.code === 'read-only') {
    const detail = `${name} is assembled on ${node}, and nothing has been written to it since; the first write makes it active.`;
    return [
      cause('cannot-tell', 'possible', {
        detail,
        evidence: membersOf(status),
        ways: [way('Look at it', on(node, 'cat /proc/mdstat'))],
      }),
    ];
  }
  const bad = status.members.filter(isLacking);
  const lost = bad
    .filter((one) => one.state !== 'rebuilding')
    .map((one): Cause => {
      const member = array.members[paths.indexOf(one.path)];
      const below = member === undefined ? [] : others.filter(({ about }) => about.name === backingName(member));
      const reasons = below.flatMap(({ about, code, nodes }) =>
        nodes.map((where) => ({ node: where, source: nameOf(about), line: stateWords[code] })),
      );
      const log = failuresOn(node, view);
      const back = below.length === 0 && found.code !== 'stopped';
      const detail = back
        ? `${one.path} is ${one.state} in ${name} on ${node}, and nothing is wrong with what it stands on: it failed once and is back. It is taken in again by what it missed.`
        : `${one.path} is ${one.state} on ${node}${below.length > 0 ? '; why is said of what it stands on, below' : ''}.`;
      const ways = back
        ? [way('To take it in again', here('sanctl plan'), here('sanctl apply'))]
        : [way('Bring it back; then it is taken in again by what it missed', here('sanctl apply'))];
      return cause(back ? 'member-back' : 'member-lost', below.length > 0 || log.length > 0 ? 'proven' : 'likely', {
        detail,
        evidence: [{ node, source: 'md', line: `${one.path} ${one.state}` }, ...reasons, ...log],
        ways,
      });
    });
  const rebuilding = bad.filter((one) => one.state === 'rebuilding');
  const syncing = rebuilding.map(({ path, state }) =>
    cause('syncing', 'proven', {
      detail: `${path} gets what it lacks; until then ${name} can lose one member less.`,
      evidence: [
        {
          node,
          source: 'md',
          line: `${path} ${state}${status.done === undefined ? '' : `, ${status.action} ${Math.floor(status.done * 100)} %`}`,
        },
      ],
      ways: [way('Nothing is to be done; this shows how far it is', here('sanctl array status'))],
    }),
  );
  return [...lost, ...syncing, ...(found.code === 'stopped' ? refused(name, node, view) : [])];
}

/** Linux 6.1's words, as the lab printed them. */
function failuresOn(node: NodeName, view: View): readonly Evidence[] {
  const lines = logOf(view, node).filter((line) =>
    /md\/raid\S*: Disk failure|md\/raid\S*: Operation continuing|I\/O error, dev|super_written gets error/.test(line),
  );
  return lines.slice(-4).map((line) => ({ node, source: 'kernel log', line }));
}

function refused(name: string, node: NodeName, view: View): readonly Cause[] {
  const unit = arrayUnit(name);
  const said = linesOf(view, node, journalProbe(unit).name).slice(-5);
  const evidence = said.map((line) => ({ node, source: `journal of ${unit}`, line }));
  if (said.length === 0) {
    const detail = `${unit} on ${node} has said nothing since the boot: it was stopped, or never started.`;
    return [
      cause('unit-stopped', 'possible', {
        detail,
        evidence,
        ways: [
          way(
            'To assemble it from all of its members, after they were compared',
            here(`sanctl run array-start --set array=${name}`),
          ),
        ],
      }),
    ];
  }
  const detail = `${unit} on ${node} assembles ${name} only from members that fit together and are all there; the last that it said is below (R2).`;
  return [
    cause('array-refused', 'likely', {
      detail,
      evidence,
      ways: [
        way('When all members are back', here(`sanctl run array-start --set array=${name}`)),
        way(
          'Without one that is gone for good, at your word',
          here(`sanctl run array-degraded --set array=${name} --set without=PATH`),
        ),
      ],
    }),
  ];
}
