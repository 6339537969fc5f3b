/** What nodes answered after an apply needs nothing; what they say is shown (`sanctl export list`). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportKind } from '../../../src/kinds/export/index.ts';
import { rosterOf } from '../../../src/kinds/export/roster.ts';
import { importKind } from '../../../src/kinds/import/index.ts';
import type { NodeFacts } from '../../../src/kinds/world.ts';
import type { ProbeOutputs } from '../../../src/shell/command.ts';
import { servedText } from '../../../src/view/served.ts';
import { answersOf, type Case, playWith } from '../cases.ts';
import { compactSite } from '../compact.ts';

const served: Case = {
  about: 'two exports of alpha, imported by bravo',
  like: ['ready', 'serving'],
  site: {
    volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
    volumes: { slice: { size: '256MiB' }, isos: { size: '64MiB' } },
    exports: {
      slice: { wireName: 'slice-26980a0a', timeoutSeconds: 120 },
      isos: { via: 'gnbd', wireName: 'isos-295802d8', readOnly: true, connections: 2 },
    },
  },
  things: ['import/slice', 'import/isos', 'export/slice', 'export/isos'],
};
const site = compactSite(served.site ?? {});

/** The holder has changed since the fixture was recorded. */
function answers(): Map<string, ProbeOutputs> {
  const holder = readFileSync('templates/import/import.hbs');
  const now = createHash('sha256').update(holder).digest('hex');
  const bravo = new Map(answersOf(served, 'bravo'));
  const started = bravo.get('import.started');
  if (started === undefined) throw new Error('no note of the holder');
  bravo.set('import.started', {
    ...started,
    stdout: started.stdout.replace(/^[0-9a-f]{64}(?= {2}\/etc\/sanctl\/import$)/gm, now),
  });
  return new Map<string, ProbeOutputs>([
    ['alpha', answersOf(served, 'alpha')],
    ['bravo', bravo],
  ]);
}

test('nothing to do', () => {
  const outcome = playWith(served, answers());
  expect(outcome.diagnostics).toEqual([]);
  expect(outcome.steps).toEqual([]);
});

test('the list says what is served where, over how many connections', () => {
  const all = rosterOf(site, facts(answers()));
  expect(all.map(({ state, importers }) => [state, importers.map(({ healthy }) => healthy)])).toEqual([
    ['served', [true]],
    ['served', [true]],
  ]);
  expect(text(all)).toBe(`export  how              what            state   to
slice   nbd              slice on alpha  served  bravo /dev/nbd0 (4 of 4 connections to alpha)
isos    gnbd, read-only  isos on alpha   served  bravo /dev/nbd1 (2 of 2 connections to alpha)
`);
});

test('a node that does not answer is unknown, and a connection that is missing is not healthy', () => {
  const some = answers();
  const bravo = new Map(some.get('bravo'));
  const units = bravo.get('import.units');
  if (units === undefined) throw new Error('no units');
  bravo.set('import.units', { ...units, stdout: units.stdout.replaceAll('4 of 4', '3 of 4') });
  const one = rosterOf(site, facts(new Map([['bravo', bravo]])));
  expect(one.map(({ state, importers }) => [state, importers[0]?.healthy])).toEqual([
    ['unknown', false],
    ['unknown', true],
  ]);
});

function facts(outputs: ReadonlyMap<string, ProbeOutputs>): ReadonlyMap<string, NodeFacts> {
  return new Map(
    [...outputs].map(([node, given]) => [
      node,
      { export: exportKind.parse(given, site, node), import: importKind.parse(given, site, node) } as NodeFacts,
    ]),
  );
}

function text(all: ReturnType<typeof rosterOf>): string {
  return servedText(all, { columns: 120, paint: (_, words) => words });
}
