/** How far apart the times of a schedule are, and that systemd reads the same words. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { calendar } from '../../../src/inventory/schema/text.ts';
import { longestGapSeconds } from '../../../src/kinds/snapshot/calendar.ts';
import { titled } from '../../transport/support/sshd.ts';

const hours: readonly (readonly [string, number])[] = [
  ['hourly', 1],
  ['*:15', 1],
  ['daily', 24],
  ['03:00', 24],
  ['00/6:30', 6],
  // From 18 o'clock to the next day's 6 o'clock.
  ['06/6:00', 12],
  ['02,14:30', 12],
  ['02,05:30', 21],
  ['weekly', 168],
  ['Sun 03:00', 168],
  ['Mon..Fri 03:00', 72],
  ['Mon..Wed,Sat 01:05', 72],
  ['Mon,Thu 22:30', 96],
];

test.each(hours)('%s', (schedule, longest) => {
  expect(longestGapSeconds(schedule)).toBe(longest * 3600);
});

test.each([
  '03:00; reboot',
  'minutely',
  '24:00',
  '3:00',
  '00/24:00',
  'Mon.. 03:00',
  '03:00 UTC',
  '*-*-1 03:00',
  '03:00\nUnit=x',
  '%h',
])('%s is none', (text) => {
  expect(text).not.toMatch(new RegExp(calendar.pattern));
});

const there = spawnSync('systemd-analyze', ['--version']).status === 0;
const missing = there ? undefined : 'no systemd-analyze on this machine';

test.skipIf(missing !== undefined)(titled('systemd reads all of them', missing), () => {
  const texts = hours.map(([text]) => text);
  const { status, stderr } = spawnSync('systemd-analyze', ['calendar', ...texts], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const text of texts) expect(text).toMatch(new RegExp(calendar.pattern));
});
