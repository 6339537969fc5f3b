import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Thing } from '../../src/kinds/kind.ts';
import type { StepDraft } from '../../src/kinds/verdict.ts';
import { type Drafted, steps } from '../../src/plan/graph.ts';

function draft(node: string, verb: string, needs: readonly string[] = []): StepDraft {
  return { verb, node, title: verb, danger: 'none', guards: [], actions: [], needs };
}

function thing(kind: string, name: string, nodes: readonly string[], needs: readonly string[] = []): Thing {
  return { kind, name, nodes, want: {}, needs };
}

describe('the step graph', () => {
  it('chains the drafts of a thing on a node and makes the first wait for what the thing needs', () => {
    const drafted: readonly Drafted[] = [
      {
        thing: thing('drbd', 'web', ['a', 'b'], ['volume/web']),
        drafts: [draft('a', 'up'), draft('b', 'up'), draft('a', 'seed', ['b#up'])],
      },
      { thing: thing('volume', 'web', ['a']), drafts: [draft('a', 'create')] },
      { thing: thing('volume', 'web', ['b']), drafts: [draft('b', 'create')] },
    ];
    const made = steps(drafted);
    expect(made.map((step) => step.id)).toEqual([
      'volume/web@a#create',
      'volume/web@b#create',
      'drbd/web@a#up',
      'drbd/web@b#up',
      'drbd/web@a#seed',
    ]);
    expect(made.find((step) => step.id === 'drbd/web@a#up')?.needs).toEqual([
      'volume/web@a#create',
      'volume/web@b#create',
    ]);
    expect(made.find((step) => step.id === 'drbd/web@a#seed')?.needs.toSorted()).toEqual([
      'drbd/web@a#up',
      'drbd/web@b#up',
    ]);
  });

  it('drops a need that is as wished already', () => {
    const [only] = steps([{ thing: thing('drbd', 'web', ['a'], ['volume/web@a']), drafts: [draft('a', 'up')] }]);
    expect(only?.needs).toEqual([]);
  });

  it('throws on a cycle and on two steps of one id', () => {
    const one = { thing: thing('x', 'one', ['a'], ['x/two']), drafts: [draft('a', 'go')] };
    const two = { thing: thing('x', 'two', ['a'], ['x/one']), drafts: [draft('a', 'go')] };
    expect(() => steps([one, two])).toThrow(/cycle among x\/one@a#go, x\/two@a#go/);
    expect(() => steps([one, one])).toThrow(/two steps have the id/);
  });

  it('puts every step after all that it needs, whatever the graph', () => {
    const graph = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(graph, (edges) => {
        const drafted = edges.map((needs, at) => ({
          thing: thing(
            't',
            `${at}`,
            ['n'],
            needs.filter((need) => need < at).map((need) => `t/${need}`),
          ),
          drafts: [draft('n', 'go')],
        }));
        const made = steps(drafted.toReversed());
        const position = new Map(made.map((step, at) => [step.id, at]));
        expect(made).toHaveLength(edges.length);
        for (const step of made) {
          for (const need of step.needs) expect(position.get(need)).toBeLessThan(position.get(step.id) ?? -1);
        }
      }),
    );
  });
});
