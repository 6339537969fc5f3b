import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.ts';
import { apply } from '../../src/apply/run.ts';
import { failed } from '../../src/diagnostic.ts';
import type { Step, StepId } from '../../src/step.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { type Behaviour, FakeNode, type Fault, fakeClock, holder, planOf, step } from './fake.ts';

const locksFolder = mkdtempSync(join(tmpdir(), 'sanctl-faults-'));
afterAll(() => rmSync(locksFolder, { recursive: true }));

const names = ['a', 'b', 'c'];
const draft = fc.record({
  node: fc.nat(2),
  needs: fc.array(fc.nat(30), { maxLength: 3 }),
  goes: fc.constantFrom<Behaviour>('ok', 'ok', 'ok', 'ok', 'fails', 'refused'),
});
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant<Fault>({ is: 'before' }),
  fc.nat(6).map((lines): Fault => ({ is: 'during', lines })),
  fc.constant<Fault>({ is: 'busy' }),
  fc.constant<Fault>({ is: 'full' }),
  fc.nat(6).map((lines): Fault => ({ is: 'killed', lines })),
);
const world = fc.record({
  drafts: fc.array(draft, { minLength: 1, maxLength: 10 }),
  faults: fc.array(fc.array(fault, { maxLength: 4 }), { minLength: 3, maxLength: 3 }),
  lostForGood: fc.constantFrom<string | undefined>(undefined, undefined, 'a', 'b'),
  interruptAfter: fc.constantFrom<number | undefined>(undefined, undefined, undefined, 0, 3, 6),
  parallel: fc.integer({ min: 1, max: 3 }),
});

test('random graphs and random faults: nothing twice, nothing before its needs, nothing claimed that was not so', async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ drafts, faults, lostForGood, interruptAfter, parallel }) => {
      const ids = drafts.map(({ node }, at) => `s${at}@${names[node]}`);
      const steps: Step[] = drafts.map(({ needs }, at) =>
        step(ids[at] ?? '', at === 0 ? [] : needs.map((need) => ids[need % at] ?? '')),
      );
      const ran: StepId[] = [];
      const nodes = new Map(
        names.map((name, at) => {
          const node = new FakeNode(name, ({ id }) => ran.push(id));
          node.faults.push(...(faults[at] ?? []));
          for (const [number, { goes }] of drafts.entries()) node.behaviour.set(ids[number] ?? '', goes);
          return [name, node] as const;
        }),
      );
      const interrupt = new AbortController();
      const events: ApplyEvent[] = [];
      const connections = new Map<string, Connection>();
      for (const [name, node] of nodes) {
        const opened = await node.connect();
        if (opened.ok) connections.set(name, opened.value);
      }
      const outcome = await apply(
        planOf(steps),
        connections,
        {
          holder,
          connect: (name) =>
            name === lostForGood
              ? Promise.resolve(failed())
              : (nodes.get(name)?.connect() ?? Promise.resolve(failed())),
          observe: () => ({ do: 'observe', probes: [], boundary: 'b0' }),
          unchanged: () => true,
          parallel,
          patienceSeconds: 60,
          locksFolder,
          clock: fakeClock(),
          signal: interrupt.signal,
        },
        (event) => {
          events.push(event);
          if (events.length === interruptAfter) interrupt.abort();
        },
      );
      const is = (id: StepId): string | undefined => outcome.steps.get(id)?.is;
      expect(new Set(ran).size, 'nothing runs twice').toBe(ran.length);
      for (const [at, id] of ran.entries()) {
        for (const need of steps.find((one) => one.id === id)?.needs ?? []) {
          expect(ran.slice(0, at), `${need} before ${id}`).toContain(need);
          expect(drafts[ids.indexOf(need)]?.goes, `${id} ran although ${need} failed`).toBe('ok');
        }
      }
      if (outcome.steps.size === 0) expect(ran, 'a run that was refused touched nothing').toEqual([]);
      else expect([...outcome.steps.keys()].sort()).toEqual([...ids].sort());
      for (const id of outcome.steps.keys()) {
        if (is(id) === 'done') expect(ran, `${id} is called done`).toContain(id);
        if (is(id) === 'not-reached' || is(id) === 'refused')
          expect(ran, `${id} is called ${is(id)}`).not.toContain(id);
        for (const said of ['done', 'failed', 'refused', 'unknown'] as const) {
          const times = events.filter((event) => event.is === said && event.step === id).length;
          expect(times, `${id} told ${said}`).toBe(is(id) === said ? 1 : 0);
        }
      }
      if (outcome.exit === 3) expect(ran, 'exit 3: nothing was touched').toEqual([]);
      if (outcome.exit === 0) expect(ran.length).toBe(steps.length);
      for (const node of nodes.values())
        if (node.name !== lostForGood) expect(node.lock, `lock of ${node.name}`).toBe(undefined);
    }),
    { numRuns: 400 },
  );
});
