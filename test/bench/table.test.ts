import { describe, expect, it } from 'vitest';
import type { Figure, Finding } from '../../bench/metric.ts';
import { number, type Report, replaceSection, reportText } from '../../bench/table.ts';

const ratio = { median: 1, low: 0.9, high: 1.1, blocks: 5 };
const figure: Figure = { what: 'sanctl / raw', ...ratio, hold: { most: 1.3 } };

function report(finding: Finding, control = 1): Report {
  return {
    machine: { date: '2026-11-21', hardware: '2 cores', versions: 'Node 20' },
    load: { before: 0.1, after: 0.2 },
    control: { ...ratio, median: control, seconds: { a: 1, b: 1 } },
    metrics: [{ number: 1, title: 'Cold fan-out', findings: [finding] }],
  };
}

describe('the table', () => {
  it.each([
    ['holds', figure, '| 0.9 to 1.1 | at most 1.3 | yes |'],
    ['falls short', { ...figure, median: 1.31 }, '| at most 1.3 | **no** |'],
    ['has a bar that must be stayed below', { ...figure, hold: { below: 1 } }, '| below 1 | **no** |'],
    ['has a bar that must be reached', { ...figure, hold: { least: 1 } }, '| at least 1 | yes |'],
    ['does not reach it', { ...figure, hold: { least: 1.01 } }, '| at least 1.01 | **no** |'],
    ['explains only', { what: 'x', ...ratio }, '| 0.9 to 1.1 |  |  |'],
    ['has too few blocks', { ...figure, blocks: 4 }, '| 0.9 to 1.1 of 4 | at most 1.3 | yes, provisional |'],
    ['was not run', { what: 'sanctl / Ansible', why: 'there is no Ansible' }, '| not run: there is no Ansible |'],
    ['has a unit', { ...figure, unit: 'RTT' }, '| 1 RTT |'],
  ])('says that a figure %s', (_, finding, row) => {
    expect(reportText(report(finding as Finding))).toContain(row);
  });

  it('claims nothing on a machine that is too busy', () => {
    const text = reportText(report(figure, 1.06));
    expect(text).toContain('all figures below are discarded');
    expect(text).toContain('| discarded |');
    expect(text).not.toContain('| yes |');
  });

  it('shows the date, the machine and its load', () => {
    expect(reportText(report(figure))).toContain('2026-11-21; 2 cores; load 0.1 before, 0.2 after.');
  });

  it.each([
    [0.84712, '0.847'],
    [1.3, '1.3'],
    [412.6, '413'],
    [0.000471, '0.000471'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe('the document', () => {
  const document = 'a\n<!-- bench lab -->\nold\n<!-- /bench lab -->\nb\n';

  it('has its section replaced, and nothing else', () => {
    expect(replaceSection(document, 'lab', 'new\n')).toBe('a\n<!-- bench lab -->\nnew\n<!-- /bench lab -->\nb\n');
  });

  it('is left alone when it has no such section', () => {
    expect(() => replaceSection(document, 'loopback', 'new\n')).toThrow(/no section loopback/);
    expect(() => replaceSection('<!-- /bench lab -->\n<!-- bench lab -->\n', 'lab', '')).toThrow();
  });
});
