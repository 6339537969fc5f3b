/** `plan` and `apply` from the words on the line to the exit code, over simulated nodes. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { expectGolden } from '../golden.ts';
import { fail } from '../sim/machine/answer.ts';
import { written } from '../sim/machine/machine.ts';
import type { Run } from './run.ts';
import { Desk, inventory } from './setting.ts';

function lines({ stdout }: Run): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function machine(desk: Desk, name: string) {
  const node = desk.setting.nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node.machine;
}

/** Names of operations are by chance and time. */
function plain(text: string): string {
  return text.replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{6}/g, 'OPERATION');
}

/** Whether any node was told to do something, or to hold itself. */
function wasTouched(desk: Desk): boolean {
  return [...desk.setting.nodes.values()].some((node) =>
    node.received.some((script) => script.do === 'claim' || script.do === 'batch'),
  );
}

test('apply shows the plan, runs it, and has nothing to do afterwards', async () => {
  const desk = new Desk();
  const first = await desk.run(['apply', '--yes']);
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  expectGolden('apply.txt', plain(first.stdout.slice(first.stdout.indexOf('[   0 s]'))));
  expect(await desk.run(['apply', '--yes'])).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Nothing to do: \d+ things on 2 nodes are as wished\.\n$/),
    stderr: '',
  });
  expect((await desk.run(['plan', '--detailed-exitcode'])).code).toBe(0);
});

test('plan changes nothing, and says by its exit code when it was asked to', async () => {
  const desk = new Desk();
  const shown = await desk.run(['plan']);
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toContain('volume/isos@alpha#create');
  expect((await desk.run(['plan', '--detailed-exitcode'])).code).toBe(2);
  expect(wasTouched(desk)).toBe(false);
});

test('plan --json is the plan, and nothing else is on stdout', async () => {
  const desk = new Desk();
  const [plan, ...rest] = lines(await desk.run(['plan', '--json']));
  expect(rest).toEqual([]);
  expect(plan).toMatchObject({ version: 1, offline: false, site: { name: 'home' } });
});

test('a question, and only yes is a yes', async () => {
  const desk = new Desk();
  for (const typed of ['no\n', 'y\n', '', 'YES\n']) {
    const { code, stderr } = await desk.run(['apply'], { typed });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\nApply these \d+ steps on 2 nodes\? Type yes: \n?Nothing was touched\.\n$/);
  }
  expect(wasTouched(desk)).toBe(false);
  const yes = await desk.run(['apply'], { typed: 'yes\n' });
  expect(yes.code).toBe(0);
  expect(yes.stdout).toMatch(/Done: \d+ steps on alpha and bravo in /);
});

test('a secret that cannot be read is told before the question', async () => {
  const desk = new Desk();
  const mirrored = inventory.replace('replicas: [alpha] }', 'replicas: [alpha, bravo] }');
  const defaults = 'defaults: { replication: { secret: { env: SANCTL_NO_SUCH_SECRET } } }';
  desk.write('inventory.yaml', `${mirrored}${defaults}\n`);
  const { code, stderr } = await desk.run(['apply'], { typed: 'yes\n' });
  expect([code, stderr.includes('[secret/unreadable]'), stderr.includes('Type yes')]).toEqual([3, true, false]);
  expect(wasTouched(desk)).toBe(false);
});

test('nobody there and no --yes: exit 1 with the way, nothing touched', async () => {
  const desk = new Desk();
  const { code, stderr } = await desk.run(['apply']);
  expect(code).toBe(1);
  expect(stderr).toContain('[apply/unconfirmed]');
  expect(stderr).toContain('`sanctl apply plan.json --yes`');
  expect(wasTouched(desk)).toBe(false);
});

test('--dry-run shows and ends', async () => {
  const desk = new Desk();
  const { code, stdout } = await desk.run(['apply', '--dry-run', '--yes']);
  expect(code).toBe(0);
  expect(stdout).toContain('Plan for home');
  expect(wasTouched(desk)).toBe(false);
});

test('a saved plan runs as it was shown', async () => {
  const desk = new Desk();
  const path = desk.path('plan.json');
  const saved = await desk.run(['plan', '-o', path]);
  expect(saved.stdout).toContain('Saved to plan.json; `sanctl apply plan.json` runs exactly this.');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const applied = await desk.run(['apply', path, '--yes']);
  expect([applied.code, applied.stderr]).toEqual([0, '']);
  expect((await desk.run(['apply', '--yes'])).stdout).toContain('Nothing to do');
});

test('a saved plan is refused when the world has moved, was changed by hand, or was made offline', async () => {
  const desk = new Desk();
  const path = desk.path('plan.json');
  await desk.run(['plan', '-o', path]);
  writeFileSync(desk.path('changed.json'), readFileSync(path, 'utf8').replace('isos', 'isox'));
  const changed = await desk.run(['apply', desk.path('changed.json'), '--yes']);
  expect([changed.code, changed.stderr.match(/\[plan\/\S+\]/)?.[0]]).toEqual([1, '[plan/unreadable]']);
  const offline = desk.path('offline.json');
  await desk.run(['plan', '--offline', '-o', offline]);
  const blind = await desk.run(['apply', offline, '--yes']);
  expect([blind.code, blind.stderr.match(/\[plan\/\S+\]/)?.[0]]).toEqual([1, '[plan/offline]']);
  expect(wasTouched(desk)).toBe(false);
  expect((await desk.run(['apply', '--only', 'volumeGroup', '--yes'])).code).toBe(0);
  const stale = await desk.run(['apply', path, '--yes']);
  expect(stale.code).toBe(3);
  expect(stale.stderr).toContain('[plan/stale]');
  expect(stale.stdout).toContain('Nothing was touched. To go on: `sanctl -i INVENTORY plan -o plan.json` plans anew.');
});

test('options that would change a saved plan are refused', async () => {
  const desk = new Desk();
  const { code, stderr } = await desk.run(['apply', desk.path('plan.json'), '--only', 'volume', '--yes']);
  expect(code).toBe(1);
  expect(stderr).toContain('`--only` cannot change plan.json');
});

test('a node that cannot be reached: exit 3 with all of them named; --without plans around it', async () => {
  const desk = new Desk();
  machine(desk, 'bravo').on = false;
  for (const verb of [['plan'], ['apply', '--yes']]) {
    const refused = await desk.run(verb);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('| bravo: ');
    const help = refused.stderr.replaceAll(/\s+/g, ' ');
    expect(help).toContain('`sanctl plan --without bravo` plans around it. Nothing was touched: `plan` only reads,');
    expect(wasTouched(desk)).toBe(false);
  }
  const around = await desk.run(['apply', '--yes', '--without', 'bravo']);
  expect([around.code, around.stderr]).toEqual([0, '']);
  expect(around.stdout).toContain('Without bravo and all that depends on it.');
  expect(machine(desk, 'alpha').lvm.groups.length).toBe(1);
});

test('--only takes what it needs along; words that mean nothing are usage errors', async () => {
  const desk = new Desk();
  const { stdout } = await desk.run(['plan', '--only', 'volume/isos']);
  expect(stdout).toContain('volumeGroup/vg0@alpha#create');
  expect(stdout).not.toContain('volume/backup');
  for (const [argv, word] of [
    [['--only', 'volume/nope'], 'volume/nope'],
    [['--without', 'charlie'], 'charlie'],
    [['--adopt', 'etc/passwd'], 'etc/passwd'],
    [['--allow-destroy', 'isos'], 'isos'],
    [['--allow-destroy', 'volume/isso'], 'Did you mean `volume/isos`?'],
    [['--allow-destroy', 'volumeGroup/vg0'], 'What may be destroyed here: volume/isos, volume/backup.'],
    [['--adopt', 'volume/nope'], 'volume/nope'],
    [['--adopt', '/etc/nope'], 'What may be taken over here: /etc/lvm/lvmlocal.conf, volume/isos, volume/backup.'],
  ] as const) {
    const { code, stderr } = await desk.run(['plan', ...argv]);
    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(word);
  }
  expect((await desk.run(['plan', '--adopt', 'volume/isos'])).code).not.toBe(1);
  const over = await desk.run(['plan', '--allow-destroy', 'volume/isos']);
  expect(over.stdout.replaceAll(/\s+/g, ' ')).toContain('and `--allow-destroy` gives up what its blocks hold of older');
  for (const parallel of ['0', 'x', '1.5']) expect((await desk.run(['apply', '--parallel', parallel])).code).toBe(1);
});

test('two nodes that cannot be reached: one way around both; where there is no way around, none is named', async () => {
  const desk = new Desk();
  for (const name of ['alpha', 'bravo']) machine(desk, name).on = false;
  const around = async (...argv: string[]) => {
    const { stderr } = await desk.run(argv);
    return [...stderr.replaceAll(/\s+/g, ' ').matchAll(/`sanctl ([^`]*--without[^`]*)`/g)].map(
      ([, command]) => command,
    );
  };
  expect(await around('plan', '--only', 'volume', desk.inventory)).toEqual([
    '-i inventory.yaml plan --only volume --without alpha --without bravo',
  ]);
  for (const verb of [['facts'], ['journal'], ['unlock', 'alpha']]) expect(await around(...verb)).toEqual([]);
});

test('the commands that go on mean what this run meant', async () => {
  const desk = new Desk();
  const wish = ['--only', 'volume/isos', '--adopt', 'volume/isos', '--wait-sync'];
  const asked = await desk.run(['apply', ...wish, desk.inventory]);
  const words = '--only volume/isos --adopt volume/isos --wait-sync';
  expect(asked.stderr.replaceAll(/\s+/g, ' ')).toContain(
    `help: \`sanctl -i inventory.yaml plan ${words} -o plan.json\`, read it, then \`sanctl apply plan.json --yes\``,
  );
  const { around } = machine(desk, 'alpha');
  const healthy = around.program;
  const broken: typeof healthy = (on, argv, stdin) =>
    argv[0] === 'vgcreate' ? fail(5, 'no') : healthy(on, argv, stdin);
  Object.assign(around, { program: broken });
  const failed = await desk.run(['-i', desk.inventory, 'apply', '--yes', '--parallel', '1', ...wish]);
  const said = failed.stdout.replaceAll(/\s+/g, ' ');
  expect(said).toContain(`To go on: \`sanctl -i inventory.yaml apply ${words} --parallel 1\` looks`);
  expect(said).toMatch(/`sanctl -i inventory\.yaml journal --operation \S+`/);
});

test('an option takes one word: what follows it is the inventory, or the node that is meant', async () => {
  const desk = new Desk();
  const staging = desk.write('staging.yaml', inventory.replace('site: home', 'site: staging'));
  const once = ['--only', 'volume/isos', '--only', 'volume/backup', '--adopt', '/etc/lvm/lvmlocal.conf'];
  for (const options of [once, ['--without', 'bravo'], ['--allow-destroy', 'volume/isos']]) {
    const { stdout } = await desk.run(['plan', '--offline', '--json', ...options, staging]);
    expect(JSON.parse(stdout)).toMatchObject({ site: { name: 'staging' } });
  }
  const both = await desk.run(['plan', '--offline', ...once]);
  expect(both.stdout).toContain('volume/isos@alpha#create');
  expect(both.stdout).toContain('volume/backup@bravo#create');
  const some = lines(await desk.run(['facts', '--json', '--only', 'drbd', 'alpha']));
  expect(some).toEqual([{ version: 1, type: 'facts', node: 'alpha', facts: { drbd: expect.anything() } }]);
});

test('a disk that is not blank is refused before anything is touched', async () => {
  const desk = new Desk();
  const disk = machine(desk, 'bravo').disks.find(({ path }) => path === '/dev/vdb');
  disk?.write(0, 2 ** 20, written('somebody before', true, { type: 'ext4', uuid: 'b5e1', at: 1080 }));
  const { code, stdout, stderr } = await desk.run(['apply', '--yes']);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error: .*\n\| .*\/dev\/vdb/);
  expect(wasTouched(desk)).toBe(false);
});

test('a mistake in the inventory is exit 1, as lines of JSON too', async () => {
  const desk = new Desk();
  desk.write('inventory.yaml', inventory.replace('group: vg0', 'group: vg1'));
  expect((await desk.run(['plan'])).code).toBe(1);
  const json = await desk.run(['apply', '--json', '--yes']);
  expect([json.code, json.stderr]).toEqual([1, '']);
  expect(lines(json)[0]).toMatchObject({
    version: 1,
    type: 'diagnostic',
    diagnostic: { code: 'inventory/unknown-name' },
  });
});

test('with --json every problem is an object, and stderr stays empty', async () => {
  const desk = new Desk();
  const transport = {
    connect: () => {
      throw new Error('impossible');
    },
  };
  for (const [argv, code, around] of [
    [['apply', '--json'], 'apply/unconfirmed', {}],
    [['plan', '--json', '--nope'], 'usage/wrong-line', {}],
    [['facts', '--json'], 'internal/mistake', { transport }],
  ] as const) {
    const run = await desk.run(argv, around);
    expect([run.code, run.stderr]).toEqual([1, '']);
    expect(lines(run).at(-1)).toMatchObject({ type: 'diagnostic', diagnostic: { code } });
  }
});

test('output that did not arrive is never exit 0', async () => {
  const desk = new Desk();
  const lost = async () => new Error('ENOSPC: no space left on device, write');
  const looked = await desk.run(['plan', '--json'], { lost });
  expect([looked.code, looked.stderr]).toEqual([1, expect.stringContaining('[output/lost]')]);
  expect((await desk.run(['apply', '--yes'], { lost })).code).toBe(4);
});

test('a plan that could not be saved is not made', async () => {
  const desk = new Desk();
  const noFolder = await desk.run(['plan', '-o', desk.path('nowhere/plan.json')]);
  expect([noFolder.code, noFolder.stdout]).toEqual([1, '']);
  expect(noFolder.stderr).toContain('in a folder that is there and that you may');
  const noName = await desk.run(['plan', '-o', desk.path('plan.yaml')]);
  expect([noName.code, noName.stdout]).toEqual([1, '']);
  expect([...desk.setting.nodes.values()].flatMap(({ received }) => received)).toEqual([]);
});

test('a template that replaces none of ours is told', async () => {
  const desk = new Desk();
  mkdirSync(desk.path('templates/drbd'), { recursive: true });
  desk.write('templates/drbd/resource-9.res.hbs', 'x');
  desk.write('templates/drbd/resource.res.hbs', 'x');
  const { code, stderr } = await desk.run(['plan']);
  expect([code, stderr.match(/\[template\/unused\]/g)?.length]).toEqual([0, 1]);
  expect(stderr).toContain('templates/drbd/resource.res.hbs');
});

test('a saved plan is no inventory, and says what it is', async () => {
  const desk = new Desk();
  const path = desk.path('plan.json');
  await desk.run(['plan', '-o', path]);
  for (const verb of ['check', 'plan']) {
    const { code, stderr } = await desk.run([verb, path]);
    expect([code, stderr.match(/^error: /gm)?.length]).toEqual([1, 1]);
    expect(stderr).toContain('`sanctl apply plan.json` runs it.');
  }
});

test('apply --json: the plan, the events, the outcome; each line with its version', async () => {
  const desk = new Desk();
  const run = await desk.run(['apply', '--json', '--yes']);
  expect([run.code, run.stderr]).toEqual([0, '']);
  const all = lines(run);
  expect(all.every(({ version }) => version === 1)).toBe(true);
  expect(new Set(all.map(({ type }) => type))).toEqual(new Set(['plan', 'event', 'outcome']));
  const done = all.filter((line) => line['type'] === 'event' && line['is'] === 'done').map(({ step }) => step);
  const plan = all[0]?.['plan'] as { steps: { id: string }[] };
  expect(done.sort()).toEqual(plan.steps.map(({ id }) => id).sort());
  expect(all.at(-1)).toMatchObject({ type: 'outcome', exit: 0, touched: true });
});

test('a command that fails: exit 4, what is done, what failed, what was not reached, how to go on', async () => {
  const desk = new Desk();
  const { around } = machine(desk, 'bravo');
  const healthy = around.program;
  const broken: typeof healthy = (on, argv, stdin) =>
    on.name === 'bravo' && argv[0] === 'vgcreate'
      ? fail(5, '  /dev/vdb: \u001b[2Jcannot be used')
      : healthy(on, argv, stdin);
  Object.assign(around, { program: broken });
  const failed = await desk.run(['apply', '--yes']);
  expect(failed.code).toBe(4);
  expectGolden(
    'apply-failed.txt',
    plain(`${failed.stdout.slice(failed.stdout.indexOf('[   0 s]'))}--- stderr\n${failed.stderr}`),
  );
  Object.assign(around, { program: healthy });
  const again = await desk.run(['apply', '--yes']);
  expect(again.code).toBe(0);
  expect(again.stdout).not.toContain('@alpha#');
});

test('Ctrl-C: the running step ends, nothing else begins, exit 130; apply again goes on', async () => {
  const desk = new Desk();
  let pressed = false;
  const interrupt = (printed: string): boolean => {
    const now = !pressed && printed.includes('began ');
    pressed ||= now;
    return now;
  };
  const stopped = await desk.run(['apply', '--yes'], { interrupt });
  expect(stopped.code).toBe(130);
  expect(stopped.stdout).toContain('stopping: what runs now ends, nothing else begins');
  expect(stopped.stdout).toMatch(/Stopped: \d+ done, \d+ not reached after/);
  expect(stopped.stderr).toContain('[apply/interrupted]');
  expect((await desk.run(['apply', '--yes'])).code).toBe(0);
});

test('a second Ctrl-C leaves at once', async () => {
  const desk = new Desk();
  const { code, stderr } = await desk.run(['apply', '--yes'], { interrupt: (printed) => printed.includes('began ') });
  expect(code).toBe(130);
  expect(stderr).toContain('What runs on the nodes goes on');
});

test('render writes every file with its secrets hidden, and replaces only what it wrote itself', async () => {
  const desk = new Desk();
  const out = desk.path('out');
  const first = await desk.run(['render', '--out', out]);
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.stdout.trim().split('\n')).toContain('alpha/etc/lvm/lvmlocal.conf');
  for (const file of first.stdout.trim().split('\n')) expect(existsSync(`${out}/${file}`)).toBe(true);
  desk.write('out/mine.txt', 'mine');
  desk.write(
    'inventory.yaml',
    inventory.replace('nodes: [alpha, bravo]', 'nodes: [alpha]').replace(/ {2}backup.*\n/, ''),
  );
  const second = await desk.run(['render', '--out', out]);
  expect(second.code).toBe(0);
  expect(existsSync(`${out}/bravo/etc/lvm/lvmlocal.conf`)).toBe(false);
  expect(readFileSync(`${out}/mine.txt`, 'utf8')).toBe('mine');
  const foreign = await desk.run(['render', '--out', desk.folder]);
  expect([foreign.code, foreign.stderr.includes('[render/folder-in-use]')]).toEqual([3, true]);
  for (const place of [desk.inventory, `${desk.inventory}/deeper`, '/proc/sanctl/deeper']) {
    const { code, stderr } = await desk.run(['render', '--out', place]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('[render/not-written]')]);
  }
  expect(wasTouched(desk)).toBe(false);
});

test('facts as tables and as lines of JSON, of some nodes and some kinds', async () => {
  const desk = new Desk();
  const all = await desk.run(['facts']);
  expect([all.code, all.stderr]).toEqual([0, '']);
  expect(all.stdout).toMatch(/^alpha\nkind +fact +value\n/);
  expect(all.stdout).toMatch(/^bravo$/m);
  const some = lines(await desk.run(['facts', 'bravo', '--only', 'volumeGroup', '--json']));
  expect(some).toEqual([{ version: 1, type: 'facts', node: 'bravo', facts: { volumeGroup: expect.anything() } }]);
  expect((await desk.run(['facts', 'charlie'])).stderr).toContain('Its nodes are alpha, bravo.');
  expect((await desk.run(['facts', '--only', 'volumes'])).stderr).toContain('`--only volumes`');
  const kept = desk.path('kept');
  expect((await desk.run(['facts', 'alpha', '--record', kept])).code).toBe(0);
  expect(existsSync(`${kept}/alpha/0001-observe.json`)).toBe(true);
});

test('a mistake of ours is told as such, with exit 4 once something may have been touched', async () => {
  const desk = new Desk();
  const transport = {
    connect: () => {
      throw new Error('impossible');
    },
  };
  const { code, stderr } = await desk.run(['plan'], { transport });
  expect(code).toBe(1);
  expect(stderr).toContain('[internal/mistake]');
});

describe('a node that is held', () => {
  const word = (text: string): string => Buffer.from(text).toString('base64');

  /** `left`: seconds of its lease. No process has that number: Linux ends at 4194304. */
  function hold(desk: Desk, left: number, host = hostname(), pid = 99_999_999): void {
    const { files, uptimeSeconds } = machine(desk, 'alpha');
    const until = Math.floor(uptimeSeconds) + left;
    const who = `${word(userInfo().username)} ${word(host)} ${pid} ${word('apply')}`;
    files.put('/run/sanctl/lock', `n0 ${until} 0 20260101T000000Z-n0 ${who}\n`);
  }

  test('by a sanctl of ours that was killed: apply waits until it is free, plans anew and goes on (C7)', async () => {
    const desk = new Desk();
    hold(desk, 60);
    const { code, stdout, stderr } = await desk.run(['apply', '--yes']);
    expect([code, stdout.match(/Plan for home/g)]).toEqual([0, ['Plan for home', 'Plan for home']]);
    expect(stderr).toMatch(/lock\/left-behind[\s\S]*process 99999999 of this machine[\s\S]*It has ended/);
  });

  test.each([
    ['another machine', 'elsewhere', 99_999_999],
    ['this machine that lives', hostname(), process.pid],
  ])('by one of %s: refused at once', async (_what, host, pid) => {
    const desk = new Desk();
    hold(desk, 60, host, pid);
    const { code, stderr } = await desk.run(['apply', '--yes']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('lock/held')]);
  });
});
