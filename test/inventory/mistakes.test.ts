/** mistakes.yaml, served.yaml, clustered.yaml, beating.yaml, spooled.yaml: one mistake in a valid inventory, and exactly what is said about it; nothing more may be said. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { beating, clustered, complaints, good, served, spooled } from './texts.ts';

interface Case {
  readonly title: string;
  readonly replace: Readonly<Record<string, string>>;
  readonly says: readonly string[];
}

function casesIn(file: string): readonly Case[] {
  return parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}

const cases = casesIn('mistakes.yaml');

test.each(cases)('$title', ({ replace, says }) => holds(good, replace, says));
test.each(casesIn('served.yaml'))('$title', ({ replace, says }) => holds(served, replace, says));
test.each(casesIn('clustered.yaml'))('$title', ({ replace, says }) => holds(clustered, replace, says));
test.each(casesIn('beating.yaml'))('$title', ({ replace, says }) => holds(beating, replace, says));
test.each(casesIn('spooled.yaml'))('$title', ({ replace, says }) => holds(spooled, replace, says));

async function holds(valid: string, replace: Case['replace'], says: Case['says']): Promise<void> {
  let text = valid;
  for (const [from, to] of Object.entries(replace)) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  expect(await complaints(text)).toEqual(says);
}

test('all mistakes in one run, in the order of the file', async () => {
  const alone = cases.filter(({ says, replace }) => says.length === 1 && Object.keys(replace).length === 1);
  const chosen = [
    'a required key misspelt is one mistake, not two',
    'a decimal size',
    'a number for a name',
    'the name of a secret misspelt',
    'more minimum than memory',
    'firmware for a pv',
    'a multicast MAC',
    'a port out of range',
  ];
  const some = alone.filter(({ title }) => chosen.includes(title));
  const text = some
    .flatMap(({ replace }) => Object.entries(replace))
    .reduce((sum, [from, to]) => sum.replace(from, to), good);
  const said = await complaints(text);
  expect(some).toHaveLength(chosen.length);
  expect([...said].sort()).toEqual(some.flatMap(({ says }) => says).sort());
  expect(said.map((line) => Number.parseInt(line, 10))).toEqual(
    said.map((line) => Number.parseInt(line, 10)).toSorted((a, b) => a - b),
  );
});
