/** The ledger of the test guest, as the suites of the lab judge it: what it said was durable is on its disk. */
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { ask } from './support.ts';

/** What guests said was durable, on every console that they had on these nodes. */
export async function announcements(nodes: readonly string[], logs: string): Promise<readonly lab.Announced[]> {
  const texts = await Promise.all(nodes.map((node) => ask(node, `cat ${logs} 2>/dev/null || true`)));
  return texts.flatMap((text) => lab.parseConsole(text));
}

export async function expectGrows(node: string, logs: string): Promise<void> {
  const count = `cat ${logs} 2>/dev/null | grep -c "^LEDGER durable"`;
  const before = Number(await ask(node, `${count} || true`));
  await ask(node, `until [ "$(${count})" -gt ${before + 2} ]; do sleep 1; done`);
}

/**
 * Nothing that was announced is missing, and nobody else wrote. Of a guest that goes on writing, what it had announced before.
 * Past the page cache: a guest's writes do not go through it.
 */
export async function expectWhole(node: string, device: string, announced: readonly lab.Announced[]): Promise<void> {
  const megabytes = Math.ceil((Math.max(0, ...announced.map(({ number }) => number)) + 64) / 256);
  const read = `dd if=${device} bs=1M count=${megabytes} iflag=direct status=none | gzip -1 | base64 -w 0`;
  const { violations } = lab.judge(gunzipSync(Buffer.from(await ask(node, read), 'base64')), announced);
  expect(violations).toEqual([]);
}
