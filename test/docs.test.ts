/** The pages that are made are the ones that would be made now: `npm run docs`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderCli } from '../scripts/cli-reference.ts';
import { diagnosticCodes } from '../scripts/diagnostic-codes.ts';
import { renderDiagnostics } from '../scripts/diagnostics-reference.ts';
import { readSources } from '../scripts/walls.ts';

const codes = diagnosticCodes(readSources(process.cwd()));

test('docs/diagnostics.md lists every code of the sources', () => {
  expect(codes.length).toBeGreaterThan(80);
  expect(readFileSync('docs/diagnostics.md', 'utf8')).toBe(renderDiagnostics(codes));
});

test('a code has one summary, the same words every time', () => {
  expect(codes.filter(({ summaries }) => summaries.length > 1)).toEqual([]);
});

test('docs/cli.md shows the help as it is printed', async () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  expect(page).toBe(await renderCli(page));
});

test('no code escapes: calls, tables, constants', () => {
  const text = `
    const code = 'area/by-constant';
    error('area/by-call', 'Said', detail);
    warning(code, 'Said too', detail);
    throw trouble('area/by-trouble', 'Thrown', where);
    const warnings = { 'area/by-table': 'In a table' };
    other('no/summary', detail);
  `;
  expect(diagnosticCodes(new Map([['src/a.ts', text]]))).toEqual([
    { code: 'area/by-call', summaries: ['Said'], severities: ['error'], files: ['src/a.ts'] },
    { code: 'area/by-constant', summaries: ['Said too'], severities: ['warning'], files: ['src/a.ts'] },
    { code: 'area/by-table', summaries: ['In a table'], severities: ['warning'], files: ['src/a.ts'] },
    { code: 'area/by-trouble', summaries: ['Thrown'], severities: ['error'], files: ['src/a.ts'] },
  ]);
});
