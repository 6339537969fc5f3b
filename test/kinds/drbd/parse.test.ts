/** From what DRBD prints to facts: recorded answers, and answers that are cut, foreign or hostile. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfigured } from '../../../src/kinds/drbd/configured.ts';
import { parseEvents } from '../../../src/kinds/drbd/events.ts';
import { parseSections } from '../../../src/kinds/drbd/language.ts';
import { withOptions } from '../../../src/kinds/drbd/options.ts';
import { parse } from '../../../src/kinds/drbd/parse.ts';
import { parseStatus } from '../../../src/kinds/drbd/status.ts';
import type { ProbeOutput } from '../../../src/shell/command.ts';
import { recorded } from './recorded.ts';

function running(situation: string) {
  const states = parseEvents(recorded(`${situation}.events2`));
  return states === undefined ? undefined : withOptions(states, recorded(`${situation}.show`));
}

describe('drbdsetup events2 and show, 8.4', () => {
  test.each([
    ['alone', 'web-root', 'Secondary', 'Connecting', 'Inconsistent', 'DUnknown', 'Off'],
    ['connected', 'web-root', 'Secondary', 'Connected', 'Inconsistent', 'Inconsistent', 'Established'],
    ['seeded', 'web-root', 'Secondary', 'Connected', 'UpToDate', 'UpToDate', 'Established'],
    ['primary.alpha', 'web-root', 'Primary', 'Connected', 'UpToDate', 'UpToDate', 'Established'],
    ['syncing.alpha', 'db', 'Primary', 'Connected', 'UpToDate', 'Inconsistent', 'SyncSource'],
    ['syncing.bravo', 'db', 'Secondary', 'Connected', 'Inconsistent', 'UpToDate', 'SyncTarget'],
    ['disconnected.alpha', 'web-root', 'Primary', 'Connecting', 'UpToDate', 'DUnknown', 'Off'],
    ['disconnected.bravo', 'web-root', 'Secondary', 'StandAlone', 'UpToDate', 'DUnknown', 'Off'],
    ['split-brain.alpha', 'web-root', 'Secondary', 'StandAlone', 'UpToDate', 'DUnknown', 'Off'],
    ['diskless.bravo', 'web-root', 'Secondary', 'Connected', 'Diskless', 'UpToDate', 'Established'],
  ])('%s: %s is %s, %s, %s', (situation, name, role, state, disk, peerDisk, replication) => {
    const one = running(situation)?.[name];
    expect(one?.role).toBe(role);
    expect(one?.suspended).toBe('no');
    expect(one?.volumes['0']?.disk).toBe(disk);
    expect(one?.connections.map((connection) => connection.state)).toEqual([state]);
    expect(one?.connections[0]?.volumes['0']).toMatchObject({ disk: peerDisk, replication });
    expect(one?.twoPrimaries).toBe(false);
  });

  test('minor, size, backing device and port', () => {
    const one = running('seeded')?.['web-root'];
    expect(one?.volumes['0']).toMatchObject({ minor: 0, bytes: 69592 * 1024, backing: '/dev/vg0/web-root' });
    expect(one?.port).toBe(7789);
  });

  test('a replica that lost its disk has none behind it', () => {
    expect(running('diskless.bravo')?.['web-root']?.volumes['0']?.backing).toBe('none');
  });

  test('an open window is seen (D1)', () => {
    expect(running('window')?.['web-root']?.twoPrimaries).toBe(true);
    expect(running('window')?.['db']?.twoPrimaries).toBe(false);
  });

  test('no resources is an answer, not its absence', () => {
    expect(parseEvents(recorded('empty.events2'))).toEqual({});
    expect(parseEvents('')).toBeUndefined();
  });

  test('an answer without its last line, cut anywhere, is not an answer', () => {
    const whole = recorded('syncing.alpha.events2').trimEnd();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (at) => parseEvents(whole.slice(0, at)) === undefined),
    );
  });

  test.each([
    'hello',
    'exists resource',
    'exists device name:gone volume:0 minor:0 disk:UpToDate',
    'exists snapshot name:x',
  ])('a line that means nothing makes all of it unreadable: %s', (line) =>
    expect(parseEvents(`${line}\n${recorded('seeded.events2')}`)).toBeUndefined(),
  );
});

describe('the configuration language', () => {
  test('drbdadm dump: hosts, minors, ports', () => {
    const all = parseConfigured(recorded('dump'));
    expect(Object.keys(all ?? {})).toEqual(['db', 'web-root']);
    const host = { minor: 0, port: 7789, nodeId: undefined, disk: '/dev/vg0/web-root' };
    expect(all?.['web-root']?.hosts).toEqual({ alpha: host, bravo: host });
    expect(all?.['db']?.hosts['bravo']).toMatchObject({ minor: 1, port: 7790 });
  });

  test('the shape of 9: the volume stands at the resource, node ids at the hosts', () => {
    const text = `resource r { volume 0 { device minor 7; disk /dev/vg0/r; meta-disk internal; }
      on alpha { node-id 3; address ipv6 [fd01::1]:7791; } connection-mesh { hosts alpha; } }`;
    expect(parseConfigured(text)?.['r']?.hosts['alpha']).toEqual({
      minor: 7,
      port: 7791,
      nodeId: 3,
      disk: '/dev/vg0/r',
    });
  });

  test.each([
    ['device /dev/drbd5 minor 5;', 5],
    ['device /dev/drbd12;', 12],
    ['device /dev/mine;', undefined],
  ])('%s', (device, minor) => {
    expect(parseConfigured(`resource r { on a { ${device} address 10.0.0.1:1; } }`)?.['r']?.hosts['a']?.minor).toBe(
      minor,
    );
  });

  test('quotes, comments and escapes', () => {
    const parsed = parseSections('a "b \\" ; }" c; # d { "\n e { f; }');
    expect(parsed?.statements).toEqual([['a', 'b " ; }', 'c']]);
    expect(parsed?.sections).toEqual([{ name: ['e'], statements: [['f']], sections: [] }]);
  });

  test.each(['a {', '}', 'a', 'a { b }', '"open', '{ a; } }'])('not whole: %s', (text) => {
    expect(parseSections(text)).toBeUndefined();
  });

  test('nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseSections(text);
        parseConfigured(text);
        parseEvents(text);
        parseStatus(text);
        withOptions({}, text);
      }),
    );
  });
});

describe('drbdsetup status --json, 9 (from its documentation: no machine of the lab runs it)', () => {
  const peer = {
    'peer-node-id': 1,
    name: 'bravo',
    'connection-state': 'Connected',
    'peer-role': 'Secondary',
    peer_devices: [
      {
        volume: 0,
        'replication-state': 'SyncSource',
        'peer-disk-state': 'Inconsistent',
        'resync-suspended': 'no',
        'out-of-sync': 8,
      },
    ],
  };
  const resource = {
    name: 'web-root',
    'node-id': 0,
    role: 'Primary',
    suspended: false,
    devices: [{ volume: 0, minor: 0, 'disk-state': 'UpToDate', quorum: true, open: true, size: 1024 }],
    connections: [peer],
  };
  const read = (changed: object) => parseStatus(JSON.stringify([{ ...resource, ...changed }]))?.['web-root'];

  test('a resource', () => {
    expect(read({})).toMatchObject({
      role: 'Primary',
      suspended: 'no',
      volumes: { 0: { minor: 0, disk: 'UpToDate', bytes: 2 ** 20, open: true } },
      connections: [{ peer: 'bravo', state: 'Connected', volumes: { 0: { outOfSyncBytes: 8192 } } }],
    });
  });

  test('why it is suspended, and a lost quorum', () => {
    expect(read({ suspended: true, 'suspended-quorum': true, 'suspended-user': false })?.suspended).toBe('quorum');
    expect(read({ suspended: true })?.suspended).toBe('yes');
    expect(
      read({ devices: [{ volume: 0, minor: 0, 'disk-state': 'UpToDate', quorum: false }] })?.volumes['0']?.disk,
    ).not.toBe('UpToDate');
  });

  test.each(Object.keys(resource).filter((key) => key !== 'node-id'))('without %s it is unreadable', (key) => {
    expect(read({ [key]: undefined })).toBeUndefined();
  });
});

describe('facts of a node', () => {
  const ok = (stdout: string): ProbeOutput => ({ code: 0, stdout, stderr: '' });
  const answers = {
    'drbd.kernel': ok('loaded\n8.4.11\n'),
    'drbd.utils': ok('DRBDADM_VERSION_CODE=0x091600\nDRBDADM_VERSION=9.22.0\n'),
    'drbd.running': ok(recorded('seeded.events2')),
    'drbd.show': ok(recorded('seeded.show')),
    'drbd.configured': ok(recorded('dump')),
    'drbd.ports': ok('LISTEN 0      128    0.0.0.0:22 0.0.0.0:*\nLISTEN 0      128       [::]:22    [::]:*\n'),
    'drbd.signatures:web-root': ok('drbd\n'),
    'drbd.generation:web-root': ok(recorded('seeded.get-gi')),
    'drbd.adjust:web-root': ok(''),
  };
  const facts = (changed: Readonly<Record<string, ProbeOutput>>) =>
    parse(new Map(Object.entries({ ...answers, ...changed })), ['web-root']);

  test('all of them', () => {
    const all = facts({});
    expect(all.kernel).toEqual({ known: true, value: { loaded: true, version: '8.4.11' } });
    expect(all.utils).toEqual({ known: true, value: '9.22.0' });
    expect(all.ports).toEqual({ known: true, value: [22] });
    expect(all.halves['web-root']?.generation).toEqual({
      known: true,
      value: { current: '39F1FAC815F507A0', consistent: true, upToDate: true },
    });
  });

  test.each(Object.keys(answers).filter((name) => name !== 'drbd.utils'))(
    '%s: lost or failed is unknown (C5)',
    (name) => {
      const of = (output: ProbeOutput) => JSON.stringify(facts({ [name]: output }));
      expect(of({ code: undefined, stdout: '', stderr: '' })).toContain('"known":false');
      expect(of({ code: 3, stdout: '', stderr: 'broken' })).toContain('"known":false');
    },
  );

  test('a kernel that could load it, has none, or has one that nobody knows', () => {
    expect(facts({ 'drbd.kernel': ok('not loaded\n8.4.11\n') }).kernel).toEqual({
      known: true,
      value: { loaded: false, version: '8.4.11' },
    });
    const none = { code: 1, stdout: 'not loaded\n', stderr: 'modinfo: ERROR: Module drbd not found.\n' };
    expect(facts({ 'drbd.kernel': none }).kernel).toEqual({ known: true, value: { loaded: false, version: null } });
    expect(facts({ 'drbd.kernel': { ...none, stderr: 'modinfo: not found' } }).kernel.known).toBe(false);
  });

  test('a module that is not loaded runs nothing, and that is known', () => {
    expect(facts({ 'drbd.running': ok('not loaded\n'), 'drbd.show': ok('') }).running).toEqual({
      known: true,
      value: {},
    });
  });

  test('no drbd-utils', () => {
    expect(facts({ 'drbd.utils': { code: 127, stdout: '', stderr: 'not found' } }).utils).toEqual({
      known: true,
      value: null,
    });
  });

  test('metadata: fresh, none, unreadable', () => {
    const fresh = facts({ 'drbd.generation:web-root': ok(recorded('new.get-gi')) }).halves['web-root']?.generation;
    expect(fresh).toMatchObject({ known: true, value: { current: '0000000000000004', upToDate: false } });
    const failed = { 'drbd.generation:web-root': { code: 1, stdout: '', stderr: '' } };
    expect(facts({ ...failed, 'drbd.signatures:web-root': ok('') }).halves['web-root']?.generation).toEqual({
      known: true,
      value: null,
    });
    expect(facts(failed).halves['web-root']?.generation.known).toBe(false);
    const lost = { 'drbd.generation:web-root': { code: undefined, stdout: '', stderr: '' } };
    expect(facts({ ...lost, 'drbd.signatures:web-root': ok('') }).halves['web-root']?.generation.known).toBe(false);
  });

  test('metadata that only DRBD sees: after a resize the page cache does not know them', () => {
    const half = facts({ 'drbd.signatures:web-root': ok('') }).halves['web-root'];
    expect(half?.generation).toMatchObject({ known: true, value: { current: '39F1FAC815F507A0' } });
  });
});
