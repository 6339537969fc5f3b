/** Several disks, all or none; odd names; and words of the inventory that never become words of a shell. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { moveAsks } from '../../../../src/kinds/domain/move/asks.ts';
import { settleMove } from '../../../../src/kinds/domain/move/cleanup.ts';
import { closeWindow, migrate, openWindow } from '../../../../src/kinds/domain/move/verbs.ts';
import type { Running } from '../../../../src/kinds/drbd/facts.ts';
import { known } from '../../../../src/kinds/reading.ts';
import type { Site, Vm } from '../../../../src/kinds/site.ts';
import type { StepDraft } from '../../../../src/kinds/verdict.ts';
import type { FactsByKind, KindName, World } from '../../../../src/kinds/world.ts';
import type { ProbeOutput } from '../../../../src/shell/command.ts';
import { holds } from '../../../../src/shell/expect.ts';
import { actionLines } from '../../../../src/shell/text.ts';
import { compactSite } from '../../compact.ts';
import { connected } from '../../drbd/world.ts';
import { RealSh } from '../../real-sh.ts';
import { web, worldWith } from '../world.ts';

const two = {
  volumes: {
    'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] },
    db: { size: '64MiB', replicas: ['alpha', 'bravo'] },
  },
};
const disks = [
  { volume: 'web-root', as: 'xvda', readOnly: false },
  { volume: 'db', as: 'xvdb', readOnly: false },
];
const said = (stdout: string): ProbeOutput => ({ code: 0, stdout, stderr: '' });

/** `open`: resources that allow two Primaries. */
function world(open: readonly string[] = []): World {
  const primary = { ...connected('UpToDate', 'UpToDate'), role: 'Primary' };
  const secondary = connected('UpToDate', 'UpToDate');
  const made = worldWith({ alpha: [web] }, { site: two, vm: { disks }, drbd: { alpha: primary, bravo: secondary } });
  const answers = new Map([
    ['domain.movers', said('')],
    ['domain.unit:web', said('SubState=dead\n')],
  ]);
  return {
    ...made,
    answers: () => answers,
    have<K extends KindName>(kind: K, node: string): FactsByKind[K] {
      const facts = made.have(kind, node);
      if (kind !== 'drbd') return facts;
      const { running } = facts as FactsByKind['drbd'];
      const all = running.known ? Object.entries(running.value) : [];
      const changed = all.map(([name, one]) => [name, { ...one, twoPrimaries: open.includes(name) }]);
      return { ...facts, running: known(Object.fromEntries(changed)) };
    },
  };
}

const webOf = ({ vms }: Site): Vm => vms['web'] ?? never();

function drafts(verb: typeof openWindow, around = world()): readonly StepDraft[] {
  const verdict = verb.plan({ vm: webOf(around.site), to: around.site.nodes['bravo'] ?? never() }, around).get('web');
  expect(verdict?.diagnostics).toEqual([]);
  return verdict?.steps ?? [];
}

const programs = (draft: StepDraft | undefined): readonly string[] =>
  (draft?.actions ?? []).map((action) => {
    const [first = ''] = actionLines(action);
    return first.split(' ').slice(0, 2).join(' ');
  });

describe('several disks: all or none', () => {
  test('what speaks against any of them is asked before the first is opened', () => {
    const [source, target] = drafts(openWindow);
    const about = (name: string): number => (source?.guards ?? []).filter(({ proves }) => proves.includes(name)).length;
    expect([about('web-root'), about('db')]).toEqual([5, 5]);
    expect(programs(source)).toEqual([
      ...['systemctl stop', 'systemd-run --unit=sanctl-window-web-root.service', 'drbdadm net-options'],
      ...['systemctl stop', 'systemd-run --unit=sanctl-window-db.service', 'drbdadm net-options'],
      ...['wait until', 'wait until'],
    ]);
    expect(programs(target).filter((line) => line.startsWith('tee'))).toEqual([
      'tee /run/sanctl/move/drbd0',
      'tee /run/sanctl/move/drbd5',
    ]);
  });

  test('both go with the guest, and both are closed', () => {
    const [moved] = drafts(migrate);
    const config = moved?.actions.flatMap((one) => (one.do === 'run' ? [one.command.stdin ?? ''] : [])).join('');
    expect(config?.match(/script=block-sanctl, target=\/dev\/drbd[05]"/g)).toHaveLength(2);
    const closes = drafts(closeWindow).filter(({ verb }) => verb === 'close-window');
    expect(closes.map((draft) => programs(draft).filter((line) => line === 'systemctl stop').length)).toEqual([2, 2]);
  });

  test('the second could not be opened: the first is closed again', () => {
    const settled = (open: readonly string[]): readonly string[] => {
      const around = world(open);
      const verdict = settleMove.plan({ vm: webOf(around.site) }, around).get('web');
      return (verdict?.steps ?? []).map(({ node, verb }) => `${node}#${verb}`).filter((id) => id.includes('close'));
    };
    expect(settled(['web-root'])).toEqual(['alpha#close-web-root', 'bravo#close-web-root']);
    expect(settled(['db'])).toEqual(['alpha#close-db', 'bravo#close-db']);
    expect(settled([])).toEqual([]);
  });

  test('the second stands alone: it is connected, and that the first is still open is said', () => {
    const around = world(['web-root']);
    const alone = ({ connections, ...one }: Running): Running => ({
      ...one,
      connections: connections.map((peer) => ({ ...peer, state: 'StandAlone' })),
    });
    const cut: World = {
      ...around,
      have<K extends KindName>(kind: K, node: string): FactsByKind[K] {
        const facts = around.have(kind, node);
        if (kind !== 'drbd') return facts;
        const { running } = facts as FactsByKind['drbd'];
        const all = Object.entries(running.known ? running.value : {});
        return {
          ...facts,
          running: known(Object.fromEntries(all.map(([name, one]) => [name, name === 'db' ? alone(one) : one]))),
        };
      },
    };
    const { steps = [], diagnostics = [] } = settleMove.plan({ vm: webOf(cut.site) }, cut).get('web') ?? {};
    expect(steps.map(({ verb }) => verb)).toContain('connect-db');
    expect(diagnostics.map(({ code }) => code)).toEqual(['move/again']);
  });

  test('one that is open already opens none', () => {
    const around = world(['db']);
    const verdict = openWindow.plan({ vm: webOf(around.site), to: around.site.nodes['bravo'] ?? never() }, around);
    const { steps = [], diagnostics = [] } = verdict.get('web') ?? {};
    expect([steps, diagnostics.map(({ code }) => code)]).toEqual([[], ['drbd/window-open', 'drbd/window-open']]);
  });
});

test('a name with signs that mean something to a regular expression is only itself', () => {
  const around = worldWith({}, {});
  const site = compactSite({ vms: { 'a.b': {} } });
  const vm = site.vms['a.b'] ?? never();
  const domain = { ...web, name: 'a.b' };
  const named = { ...around, site: { ...around.site, vms: { 'a.b': { ...vm, disks: disks.slice(0, 1) } } } };
  const facts = connected('UpToDate', 'UpToDate');
  const moving = worldWith({ alpha: [domain] }, { drbd: { alpha: { ...facts, role: 'Primary' }, bravo: facts } });
  const steps = closeWindow
    .plan(
      { vm: named.site.vms['a.b'] ?? never(), to: around.site.nodes['bravo'] ?? never() },
      { ...moving, site: named.site },
    )
    .get('a.b')?.steps;
  const [arrived] = steps?.[0]?.guards ?? [];
  const line = (name: string): string =>
    `${name.padEnd(40)} 3   128     1     -b----      74.9 ${vm.uuid}        -  -\n`;
  expect(arrived && holds(arrived.expect, { code: 0, stdout: line('a.b') })).toBe(true);
  expect(arrived && holds(arrived.expect, { code: 0, stdout: line('axb') })).toBe(false);
});

describe('words of the inventory', () => {
  const shell = new RealSh();
  const there = shell.write('kernel', '');
  const hostile = [`$(touch ${shell.folder}/owned)`, "'; touch owned; '", '-n', '../../nowhere', 'a\nb', '`id`', '*'];

  function ask(name: string, kernel: string, bridge: string) {
    const site = compactSite({ vms: { web: { boot: { kernel }, nics: [{ bridge, mac: '00:16:3e:00:00:50' }] } } });
    const asks = moveAsks(webOf(site), site.nodes['alpha'] ?? never(), site);
    const probe = asks.get('alpha')?.find((one) => one.name === name) ?? never();
    return shell.run(probe.command, {}, { '/sys/class/net': shell.folder }).stdout;
  }

  test.each(hostile)('%j is a name, and not there', (word) => {
    expect(ask('domain.files:web', word, 'xenbr0')).toBe(`${word}\n`);
    expect(ask('domain.bridges:web', there, word)).toBe(`${word}\n`);
  });

  test('what is there is not told', () => {
    mkdirSync(join(shell.folder, 'xenbr0', 'bridge'), { recursive: true });
    expect(ask('domain.files:web', there, 'xenbr0')).toBe('');
    expect(ask('domain.bridges:web', there, 'xenbr0')).toBe('');
    expect(shell.run({ argv: ['ls', shell.folder] }, {}).stdout).not.toContain('owned');
  });

  test('the ssh command is split at its blanks, as xl does it', () => {
    const site = compactSite({ vms: { web: {} } });
    const asks = moveAsks({ ...webOf(site), home: 'bravo' }, site.nodes['alpha'] ?? never(), site);
    const reach = asks.get('bravo')?.find(({ name }) => name === 'domain.reach:alpha') ?? never();
    const { stdout } = shell.run(reach.command, { ssh: 'for word; do echo "$word"; done' });
    expect(stdout.trim().split('\n').slice(-3)).toEqual(['root@10.77.0.11', 'xl', 'info']);
    expect(stdout).toContain('StrictHostKeyChecking=yes\n');
  });
});

function never(): never {
  throw new Error('there is none');
}
