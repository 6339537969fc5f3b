import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locksFolder, takeControllerLock } from '../../src/apply/controller-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanctl-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, 'home.lock');
const take = (site = 'home') => takeControllerLock(folder, site, 'apply inventory.yaml');

test('one at a time for a site; other sites are free', () => {
  const first = take();
  expect(first.ok).toBe(true);
  expect(take()).toEqual({ ok: false, path: path(), who: `process ${process.pid} (apply inventory.yaml)` });
  expect(take('office').ok).toBe(true);
  if (first.ok) first.lock.release();
  expect(take().ok).toBe(true);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
});

test('a process that is gone is taken over, and nothing is left beside the lock', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(path(), JSON.stringify({ pid: child.pid, started: 'boot 1', title: 'apply' }));
  expect(take().ok).toBe(true);
  expect(readdirSync(folder)).toEqual(['home.lock']);
});

test('another process under the number of the dead one is not the holder', () => {
  writeFileSync(path(), JSON.stringify({ pid: process.pid, started: 'another-boot 12', title: 'apply' }));
  expect(take().ok).toBe(true);
});

test('a live process, also one that did not say when it started, keeps the lock', () => {
  writeFileSync(path(), JSON.stringify({ pid: process.ppid, title: 'apply' }));
  expect(take()).toMatchObject({ ok: false, who: `process ${process.ppid} (apply)` });
});

test.each(['', 'garbage', '[]', 'null', '{"pid":"x"}'])('a file that cannot be read (%j) is not taken away', (text) => {
  writeFileSync(path(), text);
  expect(take()).toMatchObject({ ok: false, who: 'an unreadable file' });
  expect(readFileSync(path(), 'utf8')).toBe(text);
});

test('releasing leaves a lock that is not ours any more', () => {
  const mine = take();
  writeFileSync(path(), 'somebody');
  if (mine.ok) mine.lock.release();
  expect(readFileSync(path(), 'utf8')).toBe('somebody');
});

test('a site is a file name, whatever its name is', () => {
  expect(take('../../etc/x y').ok).toBe(true);
  expect(readdirSync(folder)).toEqual(['..%2F..%2Fetc%2Fx%20y.lock']);
});

test('of two processes that race for a dead lock one gets it', async () => {
  writeFileSync(path(), JSON.stringify({ pid: 2 ** 22 + 1, started: 'boot 1', title: 'dead' }));
  const script = `import { takeControllerLock } from ${JSON.stringify(new URL('../../src/apply/controller-lock.ts', import.meta.url).href)};
    process.stdin.once('data', () => { const got = takeControllerLock(${JSON.stringify(folder)}, 'home', 'race'); console.log(got.ok); });
    process.stdin.once('end', () => process.exit()); console.log('ready');`;
  const racers = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const lines = (racer: (typeof racers)[number]) => racer.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  const outputs = racers.map(lines);
  await Promise.all(outputs.map((output) => output.next()));
  for (const racer of racers) racer.stdin.write('go\n');
  const answers = await Promise.all(outputs.map(async (output) => (await output.next()).value as string));
  for (const racer of racers) racer.stdin.end();
  expect(answers.map((answer) => answer.trim()).sort()).toEqual(['false', 'false', 'true']);
});

test('the folder is that of XDG', () => {
  expect(locksFolder({ XDG_STATE_HOME: '/x' })).toBe('/x/sanctl/locks');
  expect(locksFolder({ XDG_STATE_HOME: '' })).toMatch(/\.local\/state\/sanctl\/locks$/);
});
