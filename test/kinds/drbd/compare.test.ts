/** How an online verify is looked at: the script in a real shell over the words of the kernel's sources, and what is read of it. */
import { expect, test } from 'vitest';
import { compare, parseComparison } from '../../../src/kinds/drbd/compare.ts';
import { compactSite } from '../compact.ts';
import { RealSh } from '../real-sh.ts';

const site = compactSite({
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] } },
});
const volume = site.volumes['web-root'];
if (volume === undefined) throw new Error('no volume');
const [probe] = compare.asks?.({ volume }, site).get('alpha') ?? [];
if (probe === undefined) throw new Error('no question');

const show = String.raw`printf 'resource web-root {\n    net {\n        verify-alg      \t"crc32c";\n    }\n}\n'`;
const proc = `version: 8.4.11 (api:1/proto:86-101)
 1: cs:VerifyS ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:9232 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:8
	[=>..................] verified: 13.8% (60360/69592)K
	finish: 0:01:05 speed: 916 (916) K/sec
10: cs:VerifyS ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
	[=>..................] verified: 99.9% (1/69592)K
`;
const began = '[ 2166.1] block drbd1: conn( Connected -> VerifyS ) ';
const done = '[ 2266.1] block drbd1: Online verify done (total 100 sec; paused 0 sec; 700 K/sec)';

function ask(state: string, log: readonly string[]) {
  const shell = new RealSh();
  const programs = {
    drbdadm: `case $1 in cstate) echo ${state} ;; sh-minor) echo 1 ;; esac`,
    drbdsetup: `case $1 in show) ${show} ;; *) exit 1 ;; esac`,
    dmesg: `cat ${shell.write('log', `${log.join('\n')}\n`)}`,
  };
  const elsewhere = { '/proc/drbd': shell.write('proc', proc), '/sys/module/drbd': shell.folder };
  if (probe === undefined) throw new Error('no question');
  const { status, stdout } = shell.run(probe.command, programs, elsewhere);
  expect(status).toBe(0);
  return parseComparison(stdout);
}

test('one that runs says how far it is, of its own minor alone', () => {
  expect(ask('VerifyS', [began])).toEqual({
    state: 'VerifyS',
    able: true,
    progress: 'verified: 13.8% finish: 0:01:05',
    ended: false,
  });
});

test('only the kernel’s word tells that it went to its end', () => {
  expect(ask('Connected', [began, done])?.ended).toBe(true);
  expect(ask('Connected', [began])?.ended).toBe(false);
  expect(ask('Connected', [began, done, began])?.ended).toBe(false);
  expect(ask('Connected', [began, done.replace('drbd1', 'drbd10')])?.ended).toBe(false);
});

test('a log whose beginning is gone is all of later', () => {
  expect(ask('Connected', [done])?.ended).toBe(true);
});

test('what is no answer is none (C5)', () => {
  expect(parseComparison('')).toBeUndefined();
  expect(parseComparison('able\n')).toBeUndefined();
});
