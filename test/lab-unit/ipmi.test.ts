/** The power switches: what stands in their files, and the real ones, over a fake of the lab's power. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../../src/lab/ipmi/mains.ts';
import { simulatorFiles } from '../../src/lab/ipmi/simulator.ts';
import { run } from '../../src/transport/local.ts';

let folder = '';
let server: Server | undefined;
let done: string[] = [];
let isOn = true;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "an ipmi's $folder "));
  [done, isOn] = [[], true];
  const note = (word: string, then: boolean) => async (node: string) => {
    if (node !== 'alpha') throw new Error('the lab is changing');
    done.push(word);
    isOn = then;
  };
  const mains = { isOn: () => isOn, off: note('off', false), on: note('on', true) };
  server = await serve({ ...mains, failed: () => done.push('failed') }, join(folder, 's'));
});

afterEach(async () => {
  await new Promise((resolve) => server?.close(resolve));
  rmSync(folder, { recursive: true });
});

/** As ipmi_sim does: by a shell, in the folder of the simulator. */
async function chassis(words: string, node = 'alpha') {
  for (const { name, content, mode } of simulatorFiles(node, 20_623, { password: 'p', socket: join(folder, 's') }))
    writeFileSync(join(folder, name), content, { mode });
  const { code, stdout, stderr } = await run(['sh', '-c', `./chassis ${words}`], { cwd: folder });
  return { code, stdout, stderr };
}

describe('the program that ipmi_sim asks', () => {
  it('says whether the node is on, and cuts and gives its power', async () => {
    expect(await chassis('get power')).toEqual({ code: 0, stdout: 'power:1\n', stderr: '' });
    expect((await chassis('set power 0')).code).toBe(0);
    expect((await chassis('get power')).stdout).toBe('power:0\n');
    expect((await chassis('set power 1')).code).toBe(0);
    expect((await chassis('set reset 1')).code).toBe(0);
    expect(done).toEqual(['off', 'on', 'off', 'on']);
  });

  it('fails for what was not done, and says why', async () => {
    expect(await chassis('set power 0', 'bravo')).toMatchObject({ code: 1, stderr: expect.stringMatching(/changing/) });
    expect(await chassis('set shutdown 1')).toMatchObject({ code: 1, stderr: 'unknown: alpha set shutdown 1\n' });
    expect(done).toEqual([]);
  });

  it('does not wait until a node is on: a switch that serves nobody is asked again, and would obey twice', async () => {
    expect((await chassis('set power 1', 'bravo')).code).toBe(0);
    expect(done).toEqual(['failed']);
  });

  it('fails where nobody answers', async () => {
    await new Promise((resolve) => server?.close(resolve));
    expect(await chassis('get power')).toMatchObject({ code: 1, stdout: '' });
  });
});

it('the password stands in one file that its owner alone reads', () => {
  const files = simulatorFiles('alpha', 20_623, { password: 'canary', socket: '/s' });
  const holding = files.filter(({ content }) => content.includes('canary'));
  expect(holding.map(({ name, mode }) => ({ name, mode }))).toEqual([{ name: 'lan.conf', mode: 0o600 }]);
});
