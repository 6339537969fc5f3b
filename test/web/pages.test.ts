/** What the pages say, and that nothing that others wrote can act in them. */
import { expect, test } from 'vitest';
import type { Row } from '../../src/kinds/health.ts';
import { nowBody, textBody, wholePage } from '../../src/web/pages.ts';
import { blankSite } from '../blank-site.ts';

const evil = `"><script>alert(1)</script>{{site}}\u202e'`;
const site = { ...blankSite, name: evil };

function row(more: Partial<Row>): Row {
  return {
    section: 'mirror',
    name: 'web-root',
    nodes: [],
    level: 'fine',
    state: 'UpToDate',
    detail: [],
    figures: [],
    ...more,
  };
}

test('names, states and messages of others are text, wherever they stand', () => {
  const finding = { severity: 'error', code: 'drbd/evil', summary: evil, detail: evil, help: evil } as const;
  const now = nowBody(
    site,
    { rows: [row({ name: evil, state: evil, detail: [evil] })], findings: [finding], level: 'broken' },
    new Date(),
  );
  const told = textBody({ headline: evil, findings: [finding], text: evil });
  for (const text of [wholePage(site, '/', now, '/now'), wholePage(site, '/plan', told)]) {
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{site}}');
    expect(text.match(/<script /g)).toHaveLength(1);
  }
});

test('a resync has a bar, and what stands still has none', () => {
  const of = (state: string): string =>
    nowBody(site, { rows: [row({ state })], findings: [], level: 'fine' }, new Date());
  expect(of('resync 48 %')).toContain('<progress max="100" value="48"');
  expect(of('UpToDate')).not.toContain('<progress');
});

test('notes are for verify; without anything else nothing is called wrong', () => {
  const note = { severity: 'note', code: 'a/b', summary: 'Something small', detail: '' } as const;
  const body = nowBody(site, { rows: [row({})], findings: [note], level: 'fine' }, new Date());
  expect(body).toContain('<section id="findings" hidden');
  expect(body).not.toContain('Something small');
});

test('the page that is open is marked, and only the one of now is asked for again', () => {
  expect(wholePage(site, '/', '', '/now')).toMatch(/href="\/" aria-current="page"[\s\S]*data-live="\/now"/);
  expect(wholePage(site, '/journal', '')).toMatch(/href="\/journal" aria-current="page"/);
  expect(wholePage(site, '/journal', '')).not.toContain('data-live');
});
