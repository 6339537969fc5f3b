import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, run, type WaitFor } from '../../src/shell/command.ts';
import { quote } from '../../src/shell/quote.ts';
import { render } from '../../src/shell/render.ts';
import { runtimeText } from '../../src/shell/runtime.ts';
import { batchOf, claimOf, eventsOf, read, startRendered, storyOf, type TestNode, testNode } from './node.ts';

let node: TestNode;
beforeEach(async () => {
  node = testNode();
  await node.run(claimOf());
});
afterEach(() => node.remove());

const folder = (batch = 1): string => `${node.layout.state}/ops/op1/${batch}`;
const touch = (name: string) => run('touch', node.path(name));
const story = async (...steps: Parameters<typeof batchOf>[0]) => storyOf((await node.run(batchOf(steps))).stdout);

describe('steps', () => {
  test('run one after another, and are journaled as they are told', async () => {
    const { stdout, code } = await node.run(
      batchOf([{ actions: [run('sh', '-c', 'echo a; echo b >&2')] }, { actions: [touch('x'), touch('y')] }, {}]),
    );
    expect(storyOf(stdout)).toBe('began 1, done 1, began 2, done 2, began 3, done 3, ended');
    expect(code).toBe(0);
    expect(read(`${folder()}/events`)).toBe(stdout);
    expect([read(`${folder()}/out`), read(`${folder()}/err`)]).toEqual([
      '# step 1\na\n# step 2\n# step 3\n',
      '# step 1\nb\n# step 2\n# step 3\n',
    ]);
    expect([existsSync(node.path('x')), existsSync(node.path('y'))]).toEqual([true, true]);
  });

  test('stop at the first failure, which says code and output', async () => {
    const { stdout } = await node.run(
      batchOf([
        { actions: [run('sh', '-c', 'echo out; echo "no room" >&2; exit 5'), touch('x')] },
        { actions: [touch('y')] },
      ]),
    );
    expect(storyOf(stdout)).toBe('began 1, failed 1, ended');
    expect(eventsOf(stdout)[1]).toEqual({ is: 'failed', step: 1, action: 0, code: 5, output: 'no room\nout' });
    expect(readdirSync(`${node.root}/files`)).toEqual([]);
  });

  test('what earlier steps printed is not what the failing one said', async () => {
    const { stdout } = await node.run(
      batchOf([{ actions: [run('echo', 'before')] }, { actions: [run('sh', '-c', 'exit 1')] }]),
    );
    expect(eventsOf(stdout).at(-2)).toMatchObject({ is: 'failed', output: '' });
  });

  test('a long output is cut to its end', async () => {
    const { stdout } = await node.run(
      batchOf([{ actions: [run('sh', '-c', 'seq 100000; seq 200000 300000 >&2; exit 1')] }]),
    );
    const [, failed] = eventsOf(stdout);
    if (failed?.is !== 'failed') throw new Error(stdout);
    expect(failed.output.length).toBeLessThanOrEqual(4096);
    expect(failed.output).toContain('300000\n');
    expect(failed.output).toMatch(/\n100000$/);
  });

  test('other exit codes succeed where they are accepted', async () => {
    const ask = (code: number) => ({ actions: [{ ...run('sh', '-c', `exit ${code}`), accept: [0, 5] }] });
    expect(await story(ask(5), ask(0), ask(50))).toBe('began 1, done 1, began 2, done 2, began 3, failed 3, ended');
  });

  test('a program that is missing is a failure with 127', async () => {
    const { stdout } = await node.run(batchOf([{ actions: [run('sanctl-no-such-program')] }]));
    expect(eventsOf(stdout)[1]).toMatchObject({
      is: 'failed',
      code: 127,
      output: expect.stringContaining('not found'),
    });
  });

  test('read /dev/null, inherit no descriptor of ours, and make files as others do', async () => {
    const check = 'cat; ls -l /proc/self/fd | grep -c "running\\|events"; umask; echo "$LC_ALL $TZ"';
    await node.run(
      batchOf([
        {
          actions: [run('sh', '-c', check)],
          guards: [
            {
              ask: command('sh', '-c', 'cat; ls -l /proc/self/fd | grep -c "running\\|events"; true'),
              expect: { stdout: '0' },
              proves: 'closed',
            },
          ],
        },
      ]),
    );
    expect(read(`${folder()}/out`)).toBe('# step 1\n0\n0022\nC UTC\n');
  });

  test('get text on stdin exactly', async () => {
    const text = "it's\n\\n %s $HOME\nno newline";
    await node.run(batchOf([{ actions: [{ do: 'run', command: { argv: ['cat'], stdin: text } }, run('cat')] }]));
    expect(read(`${folder()}/out`)).toBe(`# step 1\n${text}`);
    expect(existsSync(`${node.layout.run}/secrets/op1/1`)).toBe(false);
  });

  test('a daemon that a command leaves behind keeps nothing locked and does not delay the end', async () => {
    const daemon = run(
      'sh',
      '-c',
      `setsid sh -c 'echo $$ >${node.path('pid')}; exec sleep 60' >/dev/null 2>&1 & while [ ! -s ${node.path('pid')} ]; do :; done`,
    );
    expect(await story({ actions: [daemon] })).toBe('began 1, done 1, ended');
    expect((await node.run({ do: 'release', nonce: 'n1' })).stdout).toBe('sanctl released\n');
    process.kill(Number(read(node.path('pid'))), 'SIGKILL');
  });
});

describe('guards', () => {
  const guard = (expectation: object, ...argv: [string, ...string[]]) => ({
    ask: command(...argv),
    expect: expectation as { exit: number },
    proves: 'it',
  });

  test('that hold let the step act', async () => {
    const guards = [
      guard({ stdout: 'uuid' }, 'echo', '  uuid '),
      guard({ exit: 3 }, 'sh', '-c', 'exit 3'),
      guard({ matches: '^b$' }, 'printf', 'a\\nb\\n'),
      guard({ lacks: 'x' }, 'echo', 'y'),
    ];
    expect(await story({ guards, actions: [touch('x')] })).toBe('began 1, done 1, ended');
  });

  test.each([
    ['another answer', guard({ stdout: 'uuid' }, 'echo', 'other'), 'other'],
    [
      'an answer that failed',
      guard({ lacks: 'x' }, 'sh', '-c', 'echo y; echo broken >&2; exit 4'),
      'exit status 4: ybroken',
    ],
    ['a missing program', guard({ lacks: 'x' }, 'sanctl-no-such-program'), 'exit status 127'],
    ['another exit status', guard({ exit: 2 }, 'true'), ''],
  ])('%s refuses: nothing is touched, nothing later begins', async (_, bad, answer) => {
    const good = guard({ exit: 0 }, 'true');
    const { stdout } = await node.run(
      batchOf([{ guards: [good, bad], actions: [touch('x')] }, { actions: [touch('y')] }]),
    );
    expect(storyOf(stdout)).toBe('began 1, refused 1, ended');
    expect(eventsOf(stdout)[1]).toMatchObject({ guard: 1, answer: expect.stringContaining(answer) });
    expect(readdirSync(`${node.root}/files`)).toEqual([]);
  });
});

describe('waits', () => {
  const wait = (more: Partial<WaitFor>): WaitFor => ({
    do: 'wait',
    what: 'w',
    command: command('true'),
    until: { exit: 0 },
    timeoutSeconds: 60,
    everySeconds: 1,
    ...more,
  });

  test('end when the answer comes, and tell each new answer once', async () => {
    const counting = `n=$(cat ${node.path('n')} 2>/dev/null || echo 0); echo $((n + 1)) >${node.path('n')}; echo $((n / 2))`;
    const { stdout } = await node.run(
      batchOf([{ actions: [wait({ command: command('sh', '-c', counting), until: { stdout: '1' } })] }]),
    );
    expect(eventsOf(stdout)).toEqual([
      { is: 'began', step: 1 },
      { is: 'waiting', step: 1, action: 0, answer: '0' },
      { is: 'done', step: 1 },
      { is: 'ended' },
    ]);
  });

  test('run out by the uptime of the node, with the last answer', async () => {
    const script = `read up _ <${node.layout.uptime}; echo "$((\${up%.*} + 30)).00 1" >${node.layout.uptime}; echo "at $up"`;
    const { stdout } = await node.run(
      batchOf([{ actions: [wait({ command: command('sh', '-c', script), until: { stdout: 'never' } })] }]),
    );
    expect(eventsOf(stdout).at(-2)).toEqual({ is: 'failed', step: 1, action: 0, code: 124, output: 'at 1030.00' });
  });

  test('end when the operator stops', async () => {
    const batch = node.start(
      batchOf([{ actions: [wait({ command: command('echo', 'not yet'), until: { stdout: 'never' } }), touch('x')] }]),
    );
    await batch.heard('waiting');
    await node.run({ do: 'stop', operation: 'op1' });
    expect(storyOf((await batch.ended).stdout)).toBe('began 1, halted 1, ended');
    expect(existsSync(node.path('x'))).toBe(false);
  });
});

describe('stop and lock', () => {
  test('the running step ends, the next does not begin', async () => {
    const batch = node.start(
      batchOf([
        { actions: [run('sh', '-c', `while [ ! -e ${node.path('go')} ]; do sleep 0.05; done`)] },
        { actions: [touch('x')] },
      ]),
    );
    await batch.heard('began 1');
    expect((await node.run({ do: 'stop', operation: 'op1' })).stdout).toBe('sanctl stopping\n');
    writeFileSync(node.path('go'), '');
    const { stdout } = await batch.ended;
    expect(storyOf(stdout)).toBe('began 1, done 1, halted 2, ended');
    expect(eventsOf(stdout)[2]).toEqual({ is: 'halted', step: 2, why: 'stop' });
    expect(existsSync(node.path('x'))).toBe(false);
  });

  test('a stop of another operation stops nothing', async () => {
    await node.run({ do: 'stop', operation: 'op2' });
    expect(await story({ actions: [touch('x')] })).toBe('began 1, done 1, ended');
  });

  test.each([
    ['gone', undefined],
    ["somebody else's", 'n2 1060 1000 op2 x x 1 x\n'],
    ['damaged', '\n'],
  ])('a lock that is %s halts', async (_, text) => {
    rmSync(`${node.layout.run}/lock`);
    if (text !== undefined) writeFileSync(`${node.layout.run}/lock`, text);
    const { stdout } = await node.run(batchOf([{ actions: [touch('x')] }]));
    expect(eventsOf(stdout)).toEqual([{ is: 'halted', step: 1, why: 'lock' }, { is: 'ended' }]);
    expect(existsSync(node.path('x'))).toBe(false);
  });

  test('a lock that is lost in the middle halts the next step', async () => {
    expect(await story({ actions: [run('rm', `${node.layout.run}/lock`)] }, { actions: [touch('x')] })).toBe(
      'began 1, done 1, halted 2, ended',
    );
  });
});

describe('a batch that comes again', () => {
  const once = () => batchOf([{ actions: [run('sh', '-c', `echo ran >>${node.path('log')}`)] }]);
  /** Too long for one argument. */
  const long = () =>
    batchOf([{ actions: [run('sh', '-c', `echo ran >>${node.path('log')} # ${'x'.repeat(100_000)}`)] }]);

  test('runs once and is told again', async () => {
    const first = await node.run(once());
    const second = await node.run(once());
    expect(second.stdout).toBe(first.stdout);
    expect(read(node.path('log'))).toBe('ran\n');
  });

  test('runs once when many send it at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => node.run(once())));
    for (const { stdout } of answers) expect(storyOf(stdout)).toBe('began 1, done 1, ended');
    expect(read(node.path('log'))).toBe('ran\n');
  });

  test('survives the loss of its line, and the follower hears it all', async () => {
    const go = run(
      'sh',
      '-c',
      `while [ ! -e ${node.path('go')} ]; do sleep 0.05; done; echo ran >>${node.path('log')}`,
    );
    const batch = node.start(batchOf([{ actions: [go] }]));
    await batch.heard('began 1');
    batch.child.kill('SIGKILL');
    const follower = node.start({ do: 'follow', operation: 'op1', batch: 1 });
    await follower.heard('began 1');
    writeFileSync(node.path('go'), '');
    expect(storyOf((await follower.ended).stdout)).toBe('began 1, done 1, ended');
    expect(read(node.path('log'))).toBe('ran\n');
  });

  test('that was cut short on its way is dropped, and runs when it comes whole', async () => {
    const rendered = render(long(), () => '', node.layout);
    for (const keep of [0, 10, 400, (rendered.stdin?.length ?? 0) - 2]) {
      const cut = await startRendered({ ...rendered, stdin: rendered.stdin?.slice(0, keep) }).ended;
      expect([cut.code, cut.stdout]).toEqual([73, '']);
    }
    expect(readdirSync(`${node.layout.state}/ops/op1`)).toEqual(['operation.json']);
    expect(storyOf((await node.run(long())).stdout)).toBe('began 1, done 1, ended');
    expect(read(node.path('log'))).toBe('ran\n');
  });

  test('travels in its command as it is, unless it is long or brings a secret', async () => {
    expect(render(once(), () => '', node.layout).stdin).toBe(undefined);
    expect(render({ ...once(), secrets: [{ secret: 's' }] }, () => 'x', node.layout).stdin).toMatch(/x.*ends\n$/);
    const word = `it's "$HOME" \\ %s %% \`id\` \n'' end`;
    await node.run(batchOf([{ actions: [run('printf', '%s', word)] }]));
    expect(read(`${node.layout.state}/ops/op1/1/out`)).toBe(`# step 1\n${word}`);
  });
});

describe('a batch that was killed', () => {
  test('is gone: what began last is unknown, nothing later began', async () => {
    const batch = node.start(
      batchOf([
        { actions: [run('true')] },
        { actions: [run('sh', '-c', 'kill -9 $PPID; sleep 0.2')] },
        { actions: [touch('x')] },
      ]),
    );
    expect(storyOf((await batch.ended).stdout)).toBe('began 1, done 1, began 2, gone');
    expect(storyOf((await node.run({ do: 'follow', operation: 'op1', batch: 1 })).stdout)).toBe(
      'began 1, done 1, began 2, gone',
    );
    expect(existsSync(node.path('x'))).toBe(false);
  });

  test('in the middle of a line forges no event', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(`${folder()}/events`, 'sanctl began 1\nsanctl do');
    expect(storyOf((await node.run({ do: 'follow', operation: 'op1', batch: 1 })).stdout)).toBe('began 1, gone');
  });

  test('and one that never arrived is gone without an event', async () => {
    expect((await node.run({ do: 'follow', operation: 'op1', batch: 7 })).stdout).toBe('sanctl gone\n');
  });
});

test('two batches never run at the same time: the later one is busy and leaves nothing', async () => {
  const batch = node.start(
    batchOf([{ actions: [run('sh', '-c', `while [ ! -e ${node.path('go')} ]; do sleep 0.05; done`)] }]),
  );
  await batch.heard('began 1');
  const second = batchOf([{ actions: [touch('x')] }], { batch: 2 });
  expect(storyOf((await node.run(second)).stdout)).toBe('busy');
  expect(readdirSync(`${node.layout.state}/ops/op1`)).toEqual(['1', 'operation.json']);
  writeFileSync(node.path('go'), '');
  await batch.ended;
  expect(storyOf((await node.run(second)).stdout)).toBe('began 1, done 1, ended');
});

test('no output of a command can forge an event', async () => {
  const lie = run('sh', '-c', 'echo sanctl ended; echo sanctl done 2 >&2; exit 1');
  const { stdout } = await node.run(
    batchOf([
      {
        guards: [{ ask: command('printf', 'x\\nsanctl done 1\\n'), expect: { matches: 'x' }, proves: 'it' }],
        actions: [lie],
      },
    ]),
  );
  expect(storyOf(stdout)).toBe('began 1, failed 1, ended');
});

describe('secrets', () => {
  const secrets = [{ secret: 'drbd' }, { secret: 'other' }];
  const values = { drbd: "ca'na\nry\\n%s", other: 'second canary' };
  const send = (actions: object[]) => node.run(batchOf([{ actions: actions as [] }], { secrets }), values);

  test('reach stdin and files exactly, and stay nowhere', async () => {
    const sum = (text: string) => execFileSync('sha256sum', { input: text, encoding: 'utf8' });
    const { stdout } = await send([
      { do: 'run', command: { argv: ['sh', '-c', `sha256sum >${node.path('sum')}`], stdin: { secret: 'drbd' } } },
      {
        do: 'write',
        path: node.path('res'),
        content: ['a ', { secret: 'other' }, '\n', { secret: 'drbd' }],
        mode: '0600',
        before: null,
      },
    ]);
    expect(storyOf(stdout)).toBe('began 1, done 1, ended');
    expect(read(node.path('sum'))).toBe(sum(values.drbd));
    expect(read(node.path('res'))).toBe(`a second canary\n${values.drbd}`);
    expectNowhere();
  });

  test('are hidden in what a failing command says, and in its kept output', async () => {
    const { stdout } = await send([
      {
        do: 'run',
        command: {
          argv: ['sh', '-c', 'read a; echo "out: $a"; echo "bad: $a!" >&2; exit 1'],
          stdin: { secret: 'other' },
        },
      },
    ]);
    expect(eventsOf(stdout)[1]).toMatchObject({ output: 'bad: (hidden)!\nout: (hidden)' });
    expect(read(`${folder()}/out`)).toBe('# step 1\nout: (hidden)\n');
    expectNowhere();
  });

  test('stand in no argument and not in the journaled script', () => {
    const rendered = render(
      batchOf([{ actions: [{ do: 'run', command: { argv: ['cat'], stdin: { secret: 'other' } } }] }], { secrets }),
      ({ secret }) => values[secret as 'other'],
      node.layout,
    );
    expect(rendered.command).not.toContain('canary');
    expect(rendered.stdin?.split('sanctl part ends')[0]).not.toContain('canary');
  });

  test('that the batch does not carry are our own mistake', () => {
    expect(() =>
      render(batchOf([{ actions: [{ do: 'run', command: { argv: ['cat'], stdin: { secret: 'x' } } }] }]), () => ''),
    ).toThrow(/does not carry/);
  });

  /** In none of the files of the node, raw or as base64, the target of the write aside. */
  function expectNowhere(): void {
    for (const file of readdirSync(node.root, { recursive: true, encoding: 'utf8' })) {
      const path = `${node.root}/${file}`;
      if (!statSync(path).isFile() || path === node.path('res')) continue;
      const text = readFileSync(path, 'latin1');
      for (const canary of ['canary', 'second', Buffer.from('second canary').toString('base64').slice(4, 14)])
        expect([path, text.includes(canary)]).toEqual([path, false]);
    }
    expect(existsSync(`${node.layout.run}/secrets/op1/1`)).toBe(false);
  }
});

describe('a journal that cannot be written', () => {
  test('refuses before anything is done', async () => {
    rmSync(`${node.layout.state}/ops/op1`, { recursive: true });
    writeFileSync(`${node.layout.state}/ops/op1`, 'in the way');
    const { code, stdout, stderr } = await node.run(batchOf([{ actions: [touch('x')] }]));
    expect([code, stdout]).toEqual([73, '']);
    expect(stderr).toContain('the journal cannot be written');
    expect(existsSync(node.path('x'))).toBe(false);
  });

  test.each(['began 2', 'done 1'])(
    'for a moment, at %s: nothing else is begun, or it would be told as never begun',
    (event) => {
      const { layout } = node;
      mkdirSync(layout.run, { recursive: true });
      writeFileSync(`${layout.run}/lock`, 'n 1 1\n');
      const full = `_say() { [ "$*" != ${quote(event)} ] || return 1; echo "$*"; }`;
      const names = `_run=${quote(layout.run)} _stop=/none _nonce=n _out=${quote(layout.run)}`;
      const script = `${names}\n${runtimeText}${full}\n_begin 1 0\n_done\n_begin 2 0\n_done\necho on`;
      const { stdout, status } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
      expect([status, stdout.trim().split('\n')]).toEqual([
        1,
        event === 'done 1' ? ['began 1'] : ['began 1', 'done 1'],
      ]);
    },
  );

  test.skipIf(!canMount())(
    'a full disk refuses before anything is done, and in the middle begins nothing more',
    async () => {
      mkdirSync(node.layout.state, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', node.layout.state]);
      try {
        mkdirSync(`${node.layout.state}/ops/op1`, { recursive: true });
        const fill = `dd if=/dev/zero of=${node.layout.state}/full bs=1k 2>/dev/null; true`;
        const { stdout } = await node.run(
          batchOf([
            { actions: [run('sh', '-c', fill)] },
            // More events than fit into the block that the file has already.
            ...Array.from({ length: 400 }, () => ({})),
            { actions: [touch('x')] },
          ]),
        );
        expect(storyOf(stdout)).toMatch(/^began 1, done 1, .*gone$/);
        expect(existsSync(node.path('x'))).toBe(false);
        const next = await node.run(batchOf([{ actions: [touch('y')] }], { batch: 2 }));
        expect([next.code, next.stdout]).toEqual([73, '']);
        expect(existsSync(node.path('y'))).toBe(false);
      } finally {
        execFileSync('umount', [node.layout.state]);
      }
    },
  );
});

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}
