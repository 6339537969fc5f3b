/** The pages that are made are the ones that would be made now: `npm run docs`. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { renderCli } from '../scripts/cli-reference.ts';
import { diagnosticCodes } from '../scripts/diagnostic-codes.ts';
import { renderDiagnostics } from '../scripts/diagnostics-reference.ts';
import { renderPlaybooks } from '../scripts/playbook-reference.ts';
import { readSources } from '../scripts/walls.ts';
import { kinds } from '../src/kinds/registry.ts';
import { shippedNames } from '../src/playbook/find.ts';
import { vocabularyOf } from '../src/playbook/playbook.ts';

const codes = diagnosticCodes(readSources(process.cwd()));

test('docs/diagnostics.md lists every code of the sources', () => {
  expect(codes.length).toBeGreaterThan(80);
  expect(readFileSync('docs/diagnostics.md', 'utf8')).toBe(renderDiagnostics(codes));
});

test('whatever makes a diagnostic names a code that is listed, however it is spelt', () => {
  const listed = new Set(codes.map(({ code }) => code));
  const makers = [...readSources(process.cwd())].flatMap(([path, text]) => firstWords(path, text));
  expect(makers.length).toBeGreaterThan(150);
  const strange = makers.filter(({ word }) => word === undefined).map(({ path }) => path);
  expect([...new Set(strange)], 'their codes come from a table, or from their callers').toEqual([
    'src/health/drift.ts',
    'src/health/undeclared.ts',
    'src/inventory/problem.ts',
    'src/lab/trouble.ts',
    'src/playbook/problem.ts',
  ]);
  expect(makers.filter(({ word }) => word !== undefined && !listed.has(word))).toEqual([]);
});

/** The first argument of every call that makes a diagnostic; undefined where it is no literal. */
function firstWords(path: string, text: string): { path: string; word: string | undefined }[] {
  const found: { path: string; word: string | undefined }[] = [];
  // The lab, the inventory and the playbooks have makers of their own.
  const own = path.startsWith('src/lab/')
    ? '|trouble'
    : /^src\/(inventory|playbook)\//.test(path)
      ? '|mistake|doubt'
      : '';
  const makes = new RegExp(`^(error|warning|note${own})$`);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && makes.test(node.expression.getText())) {
      const [first] = node.arguments;
      found.push({ path, word: first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  return found;
}

test('a code has one summary, the same words every time', () => {
  expect(codes.filter(({ summaries }) => summaries.length > 1)).toEqual([]);
});

test('docs/playbooks.md lists every verb, check and playbook', async () => {
  const page = readFileSync('docs/playbooks.md', 'utf8');
  expect(page).toBe(renderPlaybooks(page, vocabularyOf(kinds), await shippedNames()));
});

test('docs/cli.md shows the help as it is printed', async () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  expect(page).toBe(await renderCli(page));
  const told = [...page.matchAll(/^## sanctl (\S+)$/gm)].map(([, verb]) => `${verb}.txt`);
  const all = readdirSync('test/golden/help').filter((name) => name !== 'sanctl.txt');
  expect(told.sort()).toEqual(all.sort());
});

test('docs/cli.md lists every type of a line of JSON', () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  const types = [...readSources(process.cwd())].flatMap(([, text]) =>
    [...text.matchAll(/\bversion: 1,\s+type: '(\w+)'/g)].map(([, type]) => type),
  );
  expect(types.length).toBeGreaterThan(20);
  expect(types.filter((type) => !new RegExp(`^\\|[^|]*\`${type}\``, 'm').test(page))).toEqual([]);
});

test('no code escapes: calls, tables, constants', () => {
  const text = `
    const code = 'area/by-constant';
    error('area/by-call', 'Said', detail);
    warning(code, 'Said too', detail);
    throw trouble('area/by-trouble', 'Thrown', where);
    const warnings = { 'area/by-table': 'In a table' };
    error('twoWords/by-kind', 'Of a kind', detail);
    other('no/summary', detail);
  `;
  expect(diagnosticCodes(new Map([['src/a.ts', text]]))).toEqual([
    { code: 'area/by-call', summaries: ['Said'], severities: ['error'], files: ['src/a.ts'] },
    { code: 'area/by-constant', summaries: ['Said too'], severities: ['warning'], files: ['src/a.ts'] },
    { code: 'area/by-table', summaries: ['In a table'], severities: ['warning'], files: ['src/a.ts'] },
    { code: 'area/by-trouble', summaries: ['Thrown'], severities: ['error'], files: ['src/a.ts'] },
    { code: 'twoWords/by-kind', summaries: ['Of a kind'], severities: ['error'], files: ['src/a.ts'] },
  ]);
});
