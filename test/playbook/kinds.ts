/** Two made-up kinds with verbs, for the engine alone. */
import { error } from '../../src/diagnostic.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Check, Verb } from '../../src/kinds/verb.ts';
import type { StepDraft, Verdict } from '../../src/kinds/verdict.ts';
import { command, run } from '../../src/shell/command.ts';

const vm = { type: 'vm', means: 'the VM' } as const;
const seconds = { type: 'seconds', means: 'how long' } as const;

export function draft(node: string, verb: string, more: Partial<StepDraft> = {}): StepDraft {
  return { verb, node, title: verb, danger: 'none', guards: [], actions: [run('true')], ...more };
}

function steps(...drafts: readonly StepDraft[]): Verdict {
  return { steps: drafts, diagnostics: [] };
}

type OfVm = Verb<{ vm: typeof vm }>;

/** Looks on bravo, then acts at home. */
const move: Verb<{ vm: typeof vm; within: typeof seconds }> = {
  summary: 'move it',
  takes: { vm, within: seconds },
  nodes: () => ['alpha', 'bravo'],
  plan: ({ vm: { name, home }, within }) =>
    new Map([
      [name, steps(draft('bravo', 'look'), draft(home, 'act', { needs: ['bravo#look'], title: `act ${within}` }))],
    ]),
};
const back: OfVm = {
  summary: 'move it back',
  takes: { vm },
  nodes: ({ vm: { home } }) => [home],
  plan: ({ vm: { name, home } }) => new Map([[name, steps(draft(home, 'back'))]]),
};
/** Begins something that goes on by itself, then waits for its end. */
const long: OfVm = {
  summary: 'begins and waits',
  takes: { vm },
  nodes: () => ['alpha'],
  plan: ({ vm: { name } }) => new Map([[name, steps(draft('alpha', 'begin'), draft('alpha', 'wait'))]]),
};
const nothing: OfVm = { summary: 'is as wished', takes: { vm }, nodes: () => ['alpha'], plan: () => new Map() };
const look: OfVm = {
  summary: 'says which nodes it sees',
  takes: { vm },
  nodes: () => ['alpha'],
  plan: ({ vm: { name } }, world) =>
    new Map([[name, steps(draft('alpha', 'look', { title: Object.keys(world.site.nodes).join() }))]]),
};
/** Says what was answered to a question of its own. */
const hear: OfVm = {
  summary: 'asks something else',
  takes: { vm },
  nodes: () => ['alpha'],
  asks: ({ vm: { name } }) => new Map([['alpha', [{ name: `guest.word:${name}`, command: command('say', name) }]]]),
  plan: ({ vm: { name } }, world) => {
    const title = world.answers('alpha').get(`guest.word:${name}`)?.stdout ?? 'nothing';
    return new Map([[name, steps(draft('alpha', 'hear', { title }))]]);
  },
};
const refused: OfVm = {
  summary: 'refuses',
  takes: { vm },
  nodes: () => ['alpha'],
  plan: ({ vm: { name } }) =>
    new Map([[name, { steps: [draft('alpha', 'never')], diagnostics: [error('made/up', 'Refused', name)] }]]),
};
const each: Verb<{ text: { readonly type: 'text'; readonly means: string } }> = {
  summary: 'each of two things',
  takes: { text: { type: 'text', means: 'said to each' } },
  nodes: () => ['alpha', 'bravo'],
  plan: ({ text }) =>
    new Map([
      ['one', steps(draft('alpha', 'say', { actions: [run('say', text)] }))],
      ['two', steps(draft('bravo', 'say', { actions: [run('say', text)] }))],
    ]),
};
const good: Check<{ vm: typeof vm }> = { summary: 'is good', takes: { vm }, nodes: () => ['alpha'], check: () => [] };
const bad: Check<{ vm: typeof vm }> = {
  summary: 'is bad',
  takes: { vm },
  nodes: () => ['alpha'],
  check: ({ vm: { name } }) => [error('made/bad', 'Bad', name)],
};

function kind(name: string, rest: Pick<Kind, 'verbs' | 'checks'>): Kind {
  return {
    name,
    summary: name,
    expand: () => [],
    probes: () => [],
    parse: () => undefined,
    blank: () => undefined,
    stable: () => undefined,
    plan: () => ({ steps: [], diagnostics: [] }),
    ...rest,
  };
}

export const made: readonly Kind[] = [
  kind('guest', { verbs: { move, back, long, nothing, look, hear, refused }, checks: { good, bad } }),
  kind('thing', { verbs: { each } }),
];
