/**
 * What is found wrong with a thing, and why: `cases/*.yaml`, a list in each, in the form of the cases of the kinds
 * (test/kinds/cases.ts), with the answers to what is asked besides (`why.log`, …) among the others, and:
 *
 *     away: { bravo: no route to host }       # nodes that did not answer
 *     why: web-root
 *     finds: [ "volume/web-root stand-alone alpha bravo: split-brain proven" ]   # all of it, in order
 *     tells: [ "drbdadm connect" ]            # each stands in some detail, way or command
 *     hides: [ "xl unpause" ]               # stands in none of these
 *     shows: [ "Split-Brain detected" ]       # each stands in some evidence
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { asksOf, explain, statesOf } from '../../src/why/explain.ts';
import { nameOf, subjectCalled } from '../../src/why/subject.ts';
import type { View } from '../../src/why/view.ts';
import { causeWords, stateWords } from '../../src/why/words.ts';
import { answersOf, type Case, factsOf } from '../kinds/cases.ts';
import { compactSite } from '../kinds/compact.ts';

interface WhyCase extends Case {
  readonly away?: Readonly<Record<string, string>>;
  readonly why: string;
  readonly finds: readonly string[];
  readonly tells?: readonly string[];
  readonly hides?: readonly string[];
  readonly shows?: readonly string[];
}

const folder = new URL('./cases/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const cases = files.map((file) => [file, read(file)] as const);

function read(file: string): readonly WhyCase[] {
  return parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }) as readonly WhyCase[];
}

function viewOf(one: WhyCase): View {
  const site = compactSite(one.site ?? {});
  const there = Object.keys(site.nodes).filter((node) => one.away?.[node] === undefined);
  const answers = new Map(there.map((node) => [node, answersOf(one, node)]));
  const facts = new Map(there.map((node) => [node, factsOf(answers.get(node) ?? new Map(), site, node)]));
  return { site, facts, answers, unreached: new Map(Object.entries(one.away ?? {})) };
}

function findingsOf(one: WhyCase) {
  const view = viewOf(one);
  const called = subjectCalled(one.why, view.site);
  if (!called.ok) throw new Error(called.diagnostics[0]?.detail);
  const states = statesOf(called.value, view);
  return { view, states, findings: explain(states, view) };
}

describe.each(cases)('%s', (_file, all) => {
  test.each(all.map((one) => [one.about, one] as const))('%s', (_about, one) => {
    const { view, states, findings } = findingsOf(one);
    const lines = findings.map(
      ({ about, code, nodes, causes }) =>
        `${nameOf(about)} ${code} ${nodes.join(' ')}: ${causes.map((each) => `${each.code} ${each.certainty}`).join(', ')}`,
    );
    expect(lines).toEqual(one.finds);
    const told = findings.flatMap(({ causes }) =>
      causes.flatMap(({ detail, ways }) => [
        detail,
        ...ways.flatMap(({ title, commands }) => [
          title,
          ...commands.map(({ node, command }) => `${node ?? ''}$ ${command}`),
        ]),
      ]),
    );
    for (const text of one.tells ?? []) expect(told.join('\n')).toContain(text);
    for (const text of one.hides ?? []) expect(told.join('\n')).not.toContain(text);
    const shown = findings.flatMap(({ causes }) =>
      causes.flatMap(({ evidence }) => evidence.map((each) => `${each.node} ${each.source}: ${each.line}`)),
    );
    for (const text of one.shows ?? []) expect(shown.join('\n')).toContain(text);
    // Whatever a case answers besides the facts must be asked for in that state, or the real thing would never have it.
    const asks = asksOf(states, view);
    for (const [node, answers] of view.answers) {
      const asked = new Set((asks.get(node) ?? []).map(({ name }) => name));
      const strange = [...answers.keys()].filter((name) => name.startsWith('why.') && !asked.has(name));
      expect(strange, `answered by ${node} and never asked`).toEqual([]);
    }
  });
});

test('every state and every cause is found by some case', () => {
  const findings = cases.flatMap(([, all]) => all.flatMap((one) => findingsOf(one).findings));
  const states = new Set(findings.map(({ code }) => code));
  const causes = new Set(findings.flatMap((one) => one.causes.map(({ code }) => code)));
  expect(Object.keys(stateWords).filter((code) => !states.has(code as never))).toEqual([]);
  expect(Object.keys(causeWords).filter((code) => !causes.has(code as never))).toEqual([]);
});

test('docs/why.md has every state and every cause', () => {
  const page = readFileSync('docs/why.md', 'utf8');
  expect(
    [...Object.keys(stateWords), ...Object.keys(causeWords)].filter((code) => !page.includes(`\`${code}\``)),
  ).toEqual([]);
});
