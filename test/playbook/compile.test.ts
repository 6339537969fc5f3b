/** Binding, compiling and the way back, over two made-up kinds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StepOutcome } from '../../src/apply/events.ts';
import { source } from '../../src/inventory/source.ts';
import type { PlanInput } from '../../src/plan/make.ts';
import { type Bound, bind } from '../../src/playbook/bind.ts';
import { type Compiled, compile, verify } from '../../src/playbook/compile.ts';
import { type Playbook, vocabularyOf } from '../../src/playbook/playbook.ts';
import { readPlaybook } from '../../src/playbook/read.ts';
import { undoing } from '../../src/playbook/undo.ts';
import type { StepId } from '../../src/step.ts';
import { compactSite } from '../kinds/compact.ts';
import { made } from './kinds.ts';

const site = compactSite({ vms: { web: {}, mail: {} } });
const input: PlanInput = {
  kinds: made,
  site,
  facts: new Map(),
  options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false },
  offline: false,
  render: () => [],
  digest: () => undefined,
};

function playbook(text: string): Playbook {
  const read = readPlaybook(source('p.yaml', `playbook: p\nsummary: s\n${text}`), vocabularyOf(made));
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return read.value;
}

function bound(text: string, ...told: readonly string[]): Bound {
  const result = bind(playbook(text), told, site);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

function compiled(one: Bound): Compiled {
  const result = compile(one, input);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

function refusals(text: string, ...told: readonly string[]): readonly string[] {
  const { diagnostics } = bind(playbook(text), told, site);
  return diagnostics.map(({ code, detail, help, at }) => `${at?.line ?? ''} ${code}: ${detail} ${help ?? ''}`.trim());
}

const back = 'steps: [ guest.back: { vm: $vm } ]';

describe('inputs', () => {
  test('all that is wrong with what was set, at once', () => {
    const text = `inputs: { vm: vm, other: vm, within: { type: seconds, default: 5 }, size: size }\n${back}`;
    expect(refusals(text, 'vm=wed', 'within=0', 'within', 'sise=1GiB', 'size=1GB', 'size=2GB', 'size=1GiB')).toEqual([
      'playbook/bad-input: `--set within` is not `NAME=VALUE`.',
      'playbook/unknown-input: The playbook has no input `sise`. Did you mean `size`?',
      'playbook/bad-input: `size` is set twice.',
      'playbook/bad-input: `size` is set twice.',
      'playbook/bad-input: `vm` is `wed`; it must be a VM of the inventory. Did you mean `web`?',
      'playbook/missing-input: `other` (vm) is not set. `--set other=VALUE`',
      'playbook/bad-input: `within` is `0`; it must be a whole number of seconds, from 1 to 86400.',
      'playbook/bad-input: `size` is `1GB`; it must be a size such as 512MiB or 1.5GiB.',
    ]);
  });

  test('a name that the playbook gives itself is held against the inventory, with its place', () => {
    expect(refusals('steps: [ guest.back: { vm: wob } ]')).toEqual([
      '3 playbook/wrong-value: `vm` of guest.back is `wob`; it must be a VM of the inventory. Did you mean `web`?',
    ]);
  });

  test('names that every object has are no names', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(refusals(`inputs: { vm: vm }\n${back}`, `vm=${name}`)).toHaveLength(1);
      expect(refusals(`inputs: { vm: vm }\n${back}`, 'vm=web', `${name}=1`)).toHaveLength(1);
    }
  });

  test('a text reaches the verb as it was set, or not at all', () => {
    const read = playbook('inputs: { word: text }\nsteps: [ thing.each: { text: $word } ]');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (word) => {
        const isPlain =
          !/[\p{C}\u2028\u2029]/u.test(word) && !word.startsWith('-') && word !== '' && word.length <= 256;
        const result = bind(read, [`word=${word}`], site);
        expect(result.ok).toBe(isPlain);
        if (!result.ok) return;
        const said = compiled(result.value).plan.steps.flatMap(({ actions }) => actions);
        expect(said).toEqual(Array(2).fill({ do: 'run', command: { argv: ['say', word] } }));
      }),
    );
  });
});

const three = `inputs: { vm: vm, within: { type: seconds, default: 5 } }
steps:
  - guest.move: { vm: $vm, within: $within }
    undo: guest.back
  - guest.nothing: { vm: $vm }
  - thing.each: { text: hello }
  - guest.move: { vm: $vm, within: 7 }
    undo: guest.back
`;

describe('the plan', () => {
  test('each step of the playbook needs all of the one before; within one, what its verb says', () => {
    const { plan, acts } = compiled(bound(three, 'vm=web', 'within=9'));
    expect(plan.steps.map(({ id, title, needs }) => [id, title, [...needs].sort()])).toEqual([
      ['guest/web@bravo#look', 'look', []],
      ['guest/web@alpha#act', 'act 9', ['guest/web@bravo#look']],
      ['thing/one@alpha#say', 'say', ['guest/web@alpha#act', 'guest/web@bravo#look']],
      ['thing/two@bravo#say', 'say', ['guest/web@alpha#act', 'guest/web@bravo#look']],
      ['guest/web@bravo#look-2', 'look', ['thing/one@alpha#say', 'thing/two@bravo#say']],
      ['guest/web@alpha#act-2', 'act 7', ['guest/web@bravo#look-2', 'thing/one@alpha#say', 'thing/two@bravo#say']],
    ]);
    expect(acts.map(({ length }) => length)).toEqual([2, 0, 2, 2]);
    expect(plan).toMatchObject({ version: 1, site, offline: false, undeclared: [], things: 4 });
  });

  test('no errors, or no plan: what is required and what the verbs refuse, all at once', () => {
    const text = `inputs: { vm: vm }
require: [ guest.bad: { vm: $vm }, guest.good: { vm: $vm }, guest.bad: { vm: mail }, guest.bad: { vm: $vm } ]
steps: [ guest.back: { vm: $vm }, guest.refused: { vm: $vm } ]`
      .replaceAll(', guest.', '\n- guest.')
      .replaceAll('[ guest.', '\n- guest.')
      .replaceAll(' ]', '');
    const result = compile(bound(text, 'vm=web'), input);
    expect(result.diagnostics.map(({ code, detail }) => [code, detail])).toEqual([
      ['made/bad', 'web'],
      ['made/bad', 'mail'],
      ['made/up', 'web'],
    ]);
    expect(result.ok).toBe(false);
  });

  test('verify says what does not hold, and nothing when all does', () => {
    const text = (check: string): string => `inputs: { vm: vm }\n${back}\nverify: [ guest.${check}: { vm: $vm } ]`;
    expect(verify(bound(text('good'), 'vm=web'), input)).toMatchObject({ ok: true });
    expect(verify(bound(text('bad'), 'vm=web'), input)).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'made/bad' }],
    });
  });

  test('the nodes of every verb and check are asked, and no others', () => {
    expect(bound(`inputs: { vm: vm }\n${back}`, 'vm=web').nodes).toEqual(['alpha']);
    expect(bound(three, 'vm=web').nodes).toEqual(['alpha', 'bravo']);
    const { plan } = compiled(bound('steps:\n  - guest.look: { vm: web }'));
    expect(plan.steps.map(({ title }) => title)).toEqual(['alpha']);
    expect(Object.keys(plan.site.nodes)).toEqual(['alpha', 'bravo']);
  });
});

describe('questions besides the facts', () => {
  const text = `steps:
  - guest.hear: { vm: web }
  - guest.move: { vm: mail, within: 1 }
    undo: guest.hear
  - guest.hear: { vm: web }
`;

  test('of every verb and undo, for the node that each asks', () => {
    const { asks } = bound(text);
    expect([...asks].map(([node, probes]) => [node, probes.map(({ name }) => name)])).toEqual([
      ['alpha', ['guest.word:web', 'guest.word:web', 'guest.word:mail']],
    ]);
    expect(bound(three, 'vm=web').asks.size).toBe(0);
  });

  test('what was answered reaches the verb; nobody asked, nothing is there', () => {
    const one = bound('steps:\n  - guest.hear: { vm: web }');
    const heard = { code: 0, stdout: 'hello', stderr: '' };
    const answers = new Map([['alpha', new Map([['guest.word:web', heard]])]]);
    const titles = (given: PlanInput): readonly string[] => {
      const result = compile(one, given);
      return result.ok ? result.value.plan.steps.map(({ title }) => title) : [];
    };
    expect(titles({ ...input, answers })).toEqual(['hello']);
    expect(titles(input)).toEqual(['nothing']);
  });
});

describe('the way back', () => {
  const all = bound(three, 'vm=web');
  const ended = (...entries: readonly [StepId, StepOutcome['is']][]): ReadonlyMap<StepId, StepOutcome> =>
    new Map(entries.map(([id, is]) => [id, { is } as StepOutcome]));

  test('of the steps that began, the last first, each verb once', () => {
    const text = three.replace('  - thing', '  - guest.move: { vm: mail, within: 1 }\n    undo: guest.back\n  - thing');
    const one = bound(text, 'vm=web');
    const plan = compiled(one);
    const outcomes = new Map(plan.plan.steps.map(({ id }) => [id, { is: 'done' } as const]));
    expect(undoing(one, plan, outcomes).steps.map(({ name, given }) => [name, given['vm']])).toEqual([
      ['guest.back', site.vms['web']],
      ['guest.back', site.vms['mail']],
    ]);
  });

  test.each<[StepOutcome['is'], number]>([
    ['done', 1],
    ['failed', 1],
    ['unknown', 1],
    ['refused', 0],
    ['not-reached', 0],
  ])('a step that is %s', (is, count) => {
    const undo = undoing(all, compiled(all), ended(['guest/web@alpha#act', is]));
    expect(undo.steps).toHaveLength(count);
    expect([undo.require, undo.verify]).toEqual([[], []]);
  });

  test('one ambiguous undo changes nothing at all', () => {
    const text = `inputs: { vm: vm }
steps:
  - guest.back: { vm: $vm }
    undo: guest.back
  - guest.nothing: { vm: $vm }
  - guest.move: { vm: $vm, within: 1 }
    undo: guest.refused
`;
    const one = bound(text, 'vm=web');
    const plan = compiled(one);
    const undo = undoing(one, plan, new Map(plan.plan.steps.map(({ id }) => [id, { is: 'done' } as const])));
    expect(undo.steps.map(({ name }) => name)).toEqual(['guest.refused', 'guest.back']);
    expect(compile(undo, input).ok).toBe(false);
  });
});
