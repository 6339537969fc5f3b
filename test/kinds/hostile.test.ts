/** Answers that are cut, lost or tampered with: parsers are total, and what is unknown never makes anything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import { canonical } from '../../src/plan/digest.ts';
import type { ProbeOutput, ProbeOutputs } from '../../src/shell/command.ts';
import { answersOf, type Case, play, playWith } from './cases.ts';
import { compactSite } from './compact.ts';

const ready: Case = {
  about: 'all kinds at once',
  like: ['ready', 'iscsi'],
  site: {
    volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
    volumes: { 'web-root': { size: '256MiB', replicas: ['alpha', 'bravo'] }, isos: { size: '64MiB' } },
    exports: { isos: { via: 'iscsi' } },
  },
  things: ['host/alpha', 'package/debian@alpha', 'module/drbd', 'service/drbd', 'volumeGroup/vg0', 'volume/web-root'],
};
const site = compactSite(ready.site ?? {});
const recorded = new Map(Object.keys(site.nodes).map((node) => [node, answersOf(ready, node)]));
const probes = [...(recorded.get('alpha') ?? new Map()).keys()];

const hostile = fc.constantFrom(
  '',
  '"',
  '}',
  '\n',
  '\0',
  ',',
  '=',
  ' ',
  '__proto__',
  '"lv_name":"x",',
  '\u001b[2J',
  '{"report":[]}',
  '999999999999999999999',
);
const damage: fc.Arbitrary<(output: ProbeOutput) => ProbeOutput> = fc.oneof(
  fc.nat().map((at) => (output: ProbeOutput) => ({
    ...output,
    stdout: output.stdout.slice(0, at % (output.stdout.length + 1)),
  })),
  fc.tuple(fc.nat(), fc.nat(20), hostile).map(([at, length, text]) => (output: ProbeOutput) => {
    const start = at % (output.stdout.length + 1);
    return { ...output, stdout: output.stdout.slice(0, start) + text + output.stdout.slice(start + length) };
  }),
  fc.constantFrom(undefined, 0, 1, 2, 5, 127).map((code) => (output: ProbeOutput) => ({ ...output, code })),
  fc.string().map((stdout) => (output: ProbeOutput) => ({ ...output, stdout })),
);

function damaged(
  node: string,
  probe: string,
  how: (output: ProbeOutput) => ProbeOutput,
): ReadonlyMap<string, ProbeOutputs> {
  const all = new Map(recorded);
  const outputs = new Map(all.get(node));
  const output = outputs.get(probe);
  if (output !== undefined) outputs.set(probe, how(output));
  return all.set(node, outputs);
}

test('the recorded answers themselves are as wished', () => {
  expect(play(ready).diagnostics).toEqual([]);
  expect(play(ready).steps).toEqual([]);
});

describe('damaged answers', () => {
  test('every parser is total, and its facts have a fingerprint', () => {
    fc.assert(
      fc.property(fc.constantFrom(...probes), damage, (probe, how) => {
        const outputs = damaged('alpha', probe, how).get('alpha') ?? new Map();
        for (const kind of kinds)
          expect(canonical(kind.stable(kind.parse(outputs, site, 'alpha')))).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  test('no plan makes a group or a volume, or destroys, because an answer was damaged', () => {
    fc.assert(
      fc.property(fc.constantFrom(...probes), damage, (probe, how) => {
        expect(reckless(playWith(ready, damaged('alpha', probe, how)).steps)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('the property above would notice a parser that takes a cut list for a short one', () => {
    const shorter = (output: ProbeOutput): ProbeOutput => ({ ...output, stdout: '{"report":[{"lv":[]}]}' });
    expect(reckless(playWith(ready, damaged('alpha', 'volume.lvs', shorter)).steps)).not.toEqual([]);
  });
});

function reckless(steps: readonly { readonly id: string; readonly danger: string }[]): readonly string[] {
  return steps
    .filter(({ id, danger }) => /#(create|extend|remove)/.test(id) || danger === 'destroys')
    .map(({ id }) => id);
}
