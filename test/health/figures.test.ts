/** What is not known has no sample; a connection that is missing is not connected. */
import { expect, test } from 'vitest';
import { health } from '../../src/kinds/drbd/health.ts';
import { answersOf, type Case, factsOf } from '../kinds/cases.ts';
import { compactSite } from '../kinds/compact.ts';

const device =
  'exists device name:web-root volume:0 minor:0 disk:UpToDate size:69592 read:0 written:0 al-writes:0 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no';

function figuresOf(events: string, show: string): readonly string[] {
  const one: Case = {
    about: '',
    like: 'mirrored',
    given: { alpha: { 'drbd.running': { stdout: events }, 'drbd.show': { stdout: show } } },
  };
  const site = compactSite({ volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] } } });
  const facts = new Map([['alpha', factsOf(answersOf(one, 'alpha'), site, 'alpha')]]);
  const [row] = health({ site, facts, held: new Set() }).rows;
  return row?.figures.map(({ name, value }) => `${name} ${value}`) ?? [];
}

test('a mirror without a connection, whose options do not name the window', () => {
  const events = `exists resource name:web-root role:Primary suspended:no write-ordering:flush\n${device}\nexists -\n`;
  expect(figuresOf(events, '')).toEqual(['mirror_primary 1', 'mirror_connected 0', 'mirror_up_to_date 1']);
});

test('a mirror that is down has no window', () => {
  expect(figuresOf('not loaded\n', '')).toContain('mirror_window_open 0');
});
