/** Careless handovers must be found by the seeds (C13): of the script of the servers, of the steps, of the table. */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import type { StepDraft, Verdict } from '../../src/kinds/verdict.ts';
import { withKind, withText } from './careless.ts';
import { playMoves } from './moves.ts';

async function finds(careless: readonly Kind[], rule: string, seeds: number): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playMoves(seed, careless, 5, 'imports');
    if (violations.some((one) => one.rule === rule)) return true;
  }
  return false;
}

/** The script of a server with one text in it replaced, and nobody who notices that it is another one. */
function withScript(from: string, to: string): readonly Kind[] {
  const careless = withText('export', '/etc/sanctl/export', from, to);
  return careless.map((kind) => {
    const movable = kind.checks?.['movable'];
    if (movable === undefined) return kind;
    const check: typeof movable.check = (given, world) =>
      movable.check(given, world).filter(({ code }) => code !== 'move/file-differs');
    return { ...kind, checks: { ...kind.checks, movable: { ...movable, check } } };
  });
}

function withSteps(name: string, change: (step: StepDraft) => StepDraft): readonly Kind[] {
  return withKind('domain', ({ verbs = {} }) => {
    const verb = verbs[name];
    if (verb === undefined) throw new Error(`there is no ${name}`);
    const changed = (verdict: Verdict): Verdict => ({ ...verdict, steps: verdict.steps.map(change) });
    const plan: typeof verb.plan = (given, world) =>
      new Map([...verb.plan(given, world)].map(([thing, verdict]) => [thing, changed(verdict)]));
    return { verbs: { ...verbs, [name]: { ...verb, plan } } };
  });
}

describe('careless handovers are found by the seeds', { timeout: 300_000 }, () => {
  test('the source stays in the list once the target has come (N7)', async () => {
    const careless = withScript('$domain come" "$target"', '$domain come" "$source" "$target"');
    expect(await finds(careless, 'one importer of what is written', 20)).toBe(true);
  });

  test('who was left keeps its device (N7)', async () => {
    const careless = withSteps('closeHandover', (step) => ({
      ...step,
      actions: step.actions.filter((one) => one.do !== 'run' || !one.command.argv.includes('drop')),
    }));
    expect(await finds(careless, 'one importer of what is written', 20)).toBe(true);
  });

  test('the timer gives back to the source what the target has come through (N7)', async () => {
    const careless = withScript('[ "$state" != open ] || end_move "$source"', '[ -z "$state" ] || end_move "$source"');
    expect(await finds(careless, 'one importer of what is written', 200)).toBe(true);
  });

  test('nobody closes what is open', async () => {
    const careless = withKind('domain', ({ verbs = {} }) => {
      const names = ['closeHandover', 'settleMove'];
      const changed = Object.entries(verbs).map(([name, verb]): [string, typeof verb] =>
        names.includes(name) ? [name, { ...verb, plan: () => new Map() }] : [name, verb],
      );
      return { verbs: Object.fromEntries(changed) };
    });
    expect(await finds(careless, 'after a cleanup the guest has its disks', 20)).toBe(true);
  });
});
