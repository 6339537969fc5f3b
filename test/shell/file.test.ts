import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run, type WriteFile } from '../../src/shell/command.ts';
import { temporaryPath } from '../../src/shell/file.ts';
import { batchOf, claimOf, eventsOf, read, storyOf, type TestNode, testNode } from './node.ts';

let node: TestNode;
let path: string;
beforeEach(async () => {
  node = testNode();
  path = node.path('web.res');
  await node.run(claimOf());
});
afterEach(() => node.remove());

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (more: Partial<WriteFile> = {}): WriteFile => ({
  do: 'write',
  path,
  content: ['new\n'],
  mode: '0640',
  before: null,
  ...more,
});
const apply = async (...actions: Parameters<typeof batchOf>[0][number]['actions'] & object) =>
  (await node.run(batchOf([{ actions }]))).stdout;
const files = (): readonly string[] => readdirSync(`${node.root}/files`).sort();
const remembered = (): string =>
  existsSync(`${node.layout.state}/files.sha256`) ? read(`${node.layout.state}/files.sha256`) : '';

describe('writing', () => {
  test('a file that is absent, with mode, owner and memory of its hash', async () => {
    expect(storyOf(await apply(file()))).toBe('began 1, done 1, ended');
    expect(read(path)).toBe('new\n');
    expect([statSync(path).mode & 0o7777, statSync(path).uid, statSync(path).gid]).toEqual([0o640, 0, 0]);
    expect(remembered()).toBe(`${sha('new\n')}  ${path}\n`);
    expect(files()).toEqual(['web.res']);
  });

  test('a file that is as the plan saw it; the last line of the memory is the newest', async () => {
    await apply(file({ content: [] }));
    expect(read(path)).toBe('');
    expect(storyOf((await node.run(batchOf([{ actions: [file({ before: sha('') })] }], { batch: 2 }))).stdout)).toBe(
      'began 1, done 1, ended',
    );
    expect(read(path)).toBe('new\n');
    expect(remembered().trim().split('\n')).toEqual([`${sha('')}  ${path}`, `${sha('new\n')}  ${path}`]);
  });

  test('hostile text comes out as it went in', async () => {
    const text = "it's\n\\n %s $HOME `id` $(id)\n\x01\x7f äöü €\nno newline";
    await apply(file({ content: [text] }));
    expect(read(path)).toBe(text);
  });

  test('what a killed one left in the way is replaced, also a link', async () => {
    writeFileSync(node.path('victim'), 'keep me');
    symlinkSync(node.path('victim'), temporaryPath(path));
    await apply(file());
    expect([read(path), read(node.path('victim')), lstatSync(path).isSymbolicLink()]).toEqual([
      'new\n',
      'keep me',
      false,
    ]);
  });
});

describe('refusing to overwrite', () => {
  const cases: [string, string | null, () => void][] = [
    ['a file where none was', null, () => writeFileSync(path, 'old')],
    ['another content', sha('seen'), () => writeFileSync(path, 'old')],
    ['a file that is gone', sha('seen'), () => {}],
    ['a folder', null, () => mkdirSync(path)],
    ['a dangling link', null, () => symlinkSync('/nonexistent', path)],
    [
      'a link to the right content',
      sha('seen'),
      () => {
        writeFileSync(node.path('other'), 'seen');
        symlinkSync(node.path('other'), path);
      },
    ],
  ];
  test.each(cases)('%s', async (_, before, make) => {
    make();
    const was = files();
    const stdout = await apply(file({ before }), run('touch', node.path('later')));
    expect(eventsOf(stdout)[1]).toEqual({
      is: 'refused',
      step: 1,
      guard: 0,
      answer: `${path} is not what it was when the plan was made`,
    });
    expect(files()).toEqual(was);
    expect(remembered()).toBe('');
  });

  test('in a step that acted before is a failure, not a refusal', async () => {
    writeFileSync(path, 'old');
    expect(eventsOf(await apply(run('true'), file()))[1]).toMatchObject({ is: 'failed', action: 1, code: 3 });
    expect(read(path)).toBe('old');
  });

  test('removing likewise', async () => {
    writeFileSync(path, 'old');
    expect(storyOf(await apply({ do: 'remove', path, before: sha('seen') }))).toBe('began 1, refused 1, ended');
    expect(read(path)).toBe('old');
    expect(
      storyOf(
        (await node.run(batchOf([{ actions: [{ do: 'remove', path, before: sha('old') }] }], { batch: 2 }))).stdout,
      ),
    ).toBe('began 1, done 1, ended');
    expect(files()).toEqual([]);
  });
});

describe('the check by the real tool', () => {
  test('sees the new file under its temporary name, with its final mode', async () => {
    const check: [string, ...string[]] = [
      'sh',
      '-c',
      `cat "$1" >${node.path('seen')}; stat -c %a "$1" >>${node.path('seen')}; [ ! -e ${path} ]`,
      'sh',
      '{}',
    ];
    expect(storyOf(await apply(file({ check })))).toBe('began 1, done 1, ended');
    expect(read(node.path('seen'))).toBe('new\n640\n');
  });

  test('that refuses leaves the old file, and its words', async () => {
    writeFileSync(path, 'old');
    const check: [string, ...string[]] = ['sh', '-c', 'echo "line 1: syntax error" >&2; exit 10'];
    const event = eventsOf(await apply(file({ before: sha('old'), check })))[1];
    expect(event).toMatchObject({ is: 'failed', code: 10, output: expect.stringContaining('line 1: syntax error') });
    expect([read(path), files()]).toEqual(['old', ['web.res']]);
  });
});

test('a secret that cannot be read leaves no file without it', async () => {
  const batch = batchOf(
    [
      {
        actions: [
          run('sh', '-c', `rm ${node.layout.run}/secrets/op1/1/secret.1`),
          file({ content: ['a', { secret: 's' }, 'b'] }),
        ],
      },
    ],
    { secrets: [{ secret: 's' }] },
  );
  expect(storyOf((await node.run(batch, { s: 'x' })).stdout)).toBe('began 1, failed 1, ended');
  expect(files()).toEqual([]);
});

test('a folder that is missing fails, and makes nothing', async () => {
  expect(storyOf(await apply(file({ path: node.path('no/such') })))).toBe('began 1, failed 1, ended');
  expect(files()).toEqual([]);
});

/** A power cut at any program that the write calls: the real tool runs, or not, and then everything of the batch is killed. */
describe('killed around', () => {
  const points = ['rm', 'chmod', 'chown', 'sync 1', 'check', 'sha256sum 1', 'sha256sum 2', 'mv', 'sync 2', 'sync 3'];
  test.each(
    points.flatMap(
      (point) =>
        [
          [point, 'before'],
          [point, 'after'],
        ] as const,
    ),
  )('%s, %s it: old or new, never half', async (point, when) => {
    const [program = '', nth = '1'] = point.split(' ');
    const bin = `${node.root}/bin`;
    mkdirSync(bin);
    const kill = `kill -9 $(cat ${node.layout.run}/running)`;
    const real = program === 'check' ? '/bin/true' : `/bin/${program}`;
    const trap = `#!/bin/sh
[ -s ${node.layout.run}/running ] || exec ${real} "$@"
echo x >>${bin}/count
[ "$(wc -l <${bin}/count)" = ${nth} ] || exec ${real} "$@"
${when === 'before' ? kill : `${real} "$@"; ${kill}`}
`;
    writeFileSync(`${bin}/${program}`, trap);
    chmodSync(`${bin}/${program}`, 0o755);
    writeFileSync(path, 'old');
    const layout = { ...node.layout, path: `${bin}:${node.layout.path}` };
    const { render } = await import('../../src/shell/render.ts');
    const { startRendered } = await import('./node.ts');
    const text = `${'n'.repeat(100_000)}\n`;
    const batch = batchOf([
      {
        actions: [file({ content: [text], before: sha('old'), check: [program === 'check' ? 'check' : 'true', '{}'] })],
      },
    ]);
    const { stdout } = await startRendered(render(batch, () => '', layout)).ended;
    const content = read(path);
    expect([sha('old'), sha(text)]).toContain(sha(content));
    if (storyOf(stdout).includes('done 1')) expect(content).toBe(text);
    else expect(storyOf(stdout)).toBe('began 1, gone');
    const again = batchOf([{ actions: [file({ content: [text], before: sha(content) })] }], { batch: 2 });
    // The program that killed it may still be ending: then the node is busy, and is asked again.
    let story = 'busy';
    while (story === 'busy') story = storyOf((await node.run(again)).stdout);
    expect(story).toBe('began 1, done 1, ended');
    expect([read(path), files()]).toEqual([text, ['web.res']]);
  });
});

test('a mode or owner of the folder does not leak into the file', async () => {
  mkdirSync(node.path('d'));
  chownSync(node.path('d'), 0, 100);
  chmodSync(node.path('d'), 0o2777);
  await apply(file({ path: node.path('d/f'), mode: '0600' }));
  expect([statSync(node.path('d/f')).gid, statSync(node.path('d/f')).mode & 0o7777]).toEqual([0, 0o600]);
});
