/** The model of DRBD against what the real one printed in the same situations (test/fixtures/drbd-8.4.11). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Machine } from './machine/machine.ts';
import { installPackage } from './machine/programs-debian.ts';
import { random } from './random.ts';
import { Setting } from './setting.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/drbd-8.4.11/${name}.txt`, import.meta.url), 'utf8');

const resource = `resource "web-root" {
    net { protocol C; after-sb-0pri disconnect; }
    disk { on-io-error detach; fencing dont-care; }
    volume 0 { device minor 0; disk "/dev/vg0/web-root"; meta-disk internal; }
    on "alpha" { address ipv4 10.77.0.11:7789; }
    on "bravo" { address ipv4 10.77.0.12:7789; }
}
`;

/** Two machines with a slice each, as the fixtures' walk made them. */
function pair(): { setting: Setting; alpha: Machine; bravo: Machine; at: (name: string, ...argv: string[]) => string } {
  const setting = new Setting(random(1));
  const machines = [...setting.room.machines.values()];
  const [alpha, bravo] = machines;
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  for (const machine of machines) {
    for (const name of ['lvm2', 'drbd-utils']) installPackage(machine, name);
    machine.modules.add('drbd');
    machine.files.put('/etc/drbd.d/web-root.res', resource);
    const thick = ['--wipesignatures', 'y', '--zero', 'y', '--name', 'web-root', '--size', `${68 * 2 ** 20}b`, 'vg0'];
    for (const argv of [
      ['pvcreate', '/dev/vdb'],
      ['vgcreate', 'vg0', '/dev/vdb'],
      ['lvcreate', ...thick],
    ])
      expect(machine.exec(argv), argv.join(' ')).toMatchObject({ code: 0 });
  }
  const at = (name: string, ...argv: string[]): string => {
    const answer = setting.room.machines.get(name)?.exec(argv);
    expect(answer?.code, `${argv.join(' ')}: ${answer?.stderr}`).toBe(0);
    return answer?.stdout ?? '';
  };
  return { setting, alpha, bravo, at };
}

/** Counters differ from run to run; sizes, states and whether anything is out of sync do not. */
function events(text: string, name = 'web-root'): readonly string[] {
  const lines = text.split('\n').filter((line) => line.includes(`name:${name} `));
  return lines.map((line) =>
    line
      .replace(/ (read|written|al-writes|bm-writes|received|sent|pending|unacked):\d+/g, '')
      .replace(/out-of-sync:[1-9]\d*/, 'out-of-sync:some')
      .replace(/ (al-suspended|conn-name):\S+/g, '')
      .replace(`name:${name}`, 'name:NAME')
      .replace(/minor:\d+/, 'minor:N'),
  );
}

/** Which identifiers are none, which say that nothing was ever written, and the flags. */
function generations(text: string): string {
  const [current = '', bitmap = '', old = '', older = '', ...flags] = text.trim().split(':');
  const sort = (id: string): string => (/^0{16}$/.test(id) ? 'none' : /^0{15}4$/.test(id) ? 'new' : 'data');
  return [...[current, bitmap, old, older].map(sort), ...flags].join(':');
}

function expectLike(situation: string, eventsText: string, generationText: string, name = 'web-root'): void {
  expect(events(eventsText), situation).toEqual(events(fixture(`${situation}.events2`), name));
  expect(generations(generationText), situation).toBe(generations(fixture(`${situation}.get-gi`)));
}

test('the model goes through the same states as DRBD 8.4.11, in the same words', async () => {
  const { setting, at } = pair();
  const look = (node: string): [string, string] => [
    at(node, 'drbdsetup', 'events2', '--now', '--statistics'),
    at(node, 'drbdadm', 'get-gi', 'web-root'),
  ];
  at('alpha', 'drbdadm', 'create-md', 'web-root');
  at('bravo', 'drbdadm', 'create-md', 'web-root');
  expect(generations(at('alpha', 'drbdadm', 'get-gi', 'web-root'))).toBe(generations(fixture('new.get-gi')));
  at('alpha', 'drbdadm', 'up', 'web-root');
  expectLike('alone', ...look('alpha'));
  at('bravo', 'drbdadm', 'up', 'web-root');
  await setting.pass(3);
  expectLike('connected', ...look('alpha'));
  at('alpha', 'drbdadm', 'new-current-uuid', '--clear-bitmap', 'web-root/0');
  expectLike('seeded', ...look('alpha'));
  at('alpha', 'drbdadm', 'primary', 'web-root');
  expectLike('primary.alpha', ...look('alpha'));
  expectLike('primary.bravo', ...look('bravo'));
  at('bravo', 'drbdadm', 'disconnect', 'web-root');
  expectLike('disconnected.alpha', ...look('alpha'));
  expectLike('disconnected.bravo', ...look('bravo'));
});

test('a window for two Primaries looks as it did on the lab, on both ends', async () => {
  const { setting, alpha, at } = pair();
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'create-md', 'web-root');
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'up', 'web-root');
  await setting.pass(3);
  at('alpha', 'drbdadm', 'primary', '--force', 'web-root');
  await setting.pass(30);
  at('alpha', 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web-root');
  at('bravo', 'drbdadm', 'primary', 'web-root');
  const two = /allow-two-primaries\s+yes;/;
  for (const node of ['alpha', 'bravo']) {
    const look = at(node, 'drbdsetup', 'events2', '--now', '--statistics');
    const size = (text: string): readonly string[] => events(text).map((line) => line.replace(/size:\d+/, 'size:N'));
    expect(size(look)).toEqual(size(fixture(`window.${node}.events2`)));
    expect(at(node, 'drbdsetup', 'show', 'web-root')).toMatch(two);
    expect(fixture(`window.${node}.show`)).toMatch(two);
  }
  const closing = fixture('errors/close-window-two-primaries').split('\n');
  const refused = alpha.exec((closing[0] ?? '').replace('$ ', '').split(' '));
  expect(`exit ${refused.code}`).toBe(closing[1]);
  expect(refused.stderr.split('\n')).toEqual(closing.slice(closing.indexOf('--- stderr') + 1));
  at('alpha', 'drbdadm', 'secondary', 'web-root');
  at('alpha', 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=no', 'web-root');
  for (const node of ['alpha', 'bravo']) expect(at(node, 'drbdsetup', 'show', 'web-root')).not.toMatch(two);
});

/** Nothing is written while they are apart: that both were Primary is enough. */
test('a line that is lost between two Primaries is a split brain, and ends that are not equal stay apart (D17)', async () => {
  const { setting, at } = pair();
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'create-md', 'web-root');
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'up', 'web-root');
  await setting.pass(3);
  at('alpha', 'drbdadm', 'new-current-uuid', '--clear-bitmap', 'web-root/0');
  at('alpha', 'drbdadm', 'primary', 'web-root');
  at('alpha', 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web-root');
  const blip = async (): Promise<readonly string[]> => {
    setting.room.link('alpha', 'bravo', false);
    await setting.pass(5);
    setting.room.link('alpha', 'bravo', true);
    await setting.pass(5);
    return ['alpha', 'bravo'].map((node) => at(node, 'drbdadm', 'cstate', 'web-root').trim());
  };
  expect(await blip()).toEqual(['Connected', 'Connected']);
  setting.room.link('alpha', 'bravo', false);
  at('bravo', 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=no', 'web-root');
  expect(await blip()).toEqual(['StandAlone', 'StandAlone']);
  for (const node of ['alpha', 'bravo']) {
    at(node, 'drbdadm', 'connect', 'web-root');
    expect(at(node, 'drbdsetup', 'show', 'web-root')).not.toContain('allow-two-primaries');
  }
  await setting.pass(5);
  at('alpha', 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web-root');
  at('bravo', 'drbdadm', 'primary', 'web-root');
  expect(await blip()).toEqual(['StandAlone', 'StandAlone']);
  expect(at('alpha', 'drbdsetup', 'show', 'web-root')).toBe(
    fixture('split-brain.alpha.show')
      .split('\n\n')[0]
      ?.replace(
        / {12}disk \{\n/,
        (text) => `${text}                on-io-error     \tdetach;\n                fencing         \tdont-care;\n`,
      )
      .concat('\n'),
  );
});

test('a full first sync looks as it did on the lab', async () => {
  const { setting, at } = pair();
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'create-md', 'web-root');
  for (const node of ['alpha', 'bravo']) at(node, 'drbdadm', 'up', 'web-root');
  await setting.pass(3);
  at('alpha', 'drbdadm', 'primary', '--force', 'web-root');
  const look = (node: string): [string, string] => [
    at(node, 'drbdsetup', 'events2', '--now', '--statistics'),
    at(node, 'drbdadm', 'get-gi', 'web-root'),
  ];
  expectLike('syncing.alpha', ...look('alpha'), 'db');
  expectLike('syncing.bravo', ...look('bravo'), 'db');
  await setting.pass(30);
  expectLike('synced', ...look('alpha'), 'db');
});

test('what DRBD refuses, the model refuses with the same status', async () => {
  const { setting, alpha, bravo } = pair();
  const like = (name: string, machine: Machine): void => {
    const [head = '', status = ''] = fixture(`errors/${name}`).split('\n');
    const argv = head.replace('$ ', '').replace(' </dev/null', '').split(' ');
    expect(`exit ${machine.exec(argv).code}`, head).toBe(status);
  };
  like('up-without-metadata', alpha);
  for (const machine of [alpha, bravo]) machine.exec(['drbdadm', 'create-md', 'web-root']);
  like('create-md-over-metadata', alpha);
  for (const machine of [alpha, bravo]) machine.exec(['drbdadm', 'up', 'web-root']);
  like('up-again', alpha);
  await setting.pass(3);
  like('primary-while-inconsistent', alpha);
  bravo.exec(['drbdadm', 'new-current-uuid', '--clear-bitmap', 'web-root/0']);
  like('new-current-uuid-again', bravo);
  bravo.exec(['drbdadm', 'primary', 'web-root']);
  like('second-primary', alpha);
});
