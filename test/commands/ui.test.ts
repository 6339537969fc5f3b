/** `sanctl ui`: the pages over simulated nodes. */
import { afterEach, expect, test } from 'vitest';
import { ask, keyTo } from '../web/ask.ts';
import { type Guests, running, stopped, unapplied } from './guests.ts';
import { type Ui, ui } from './ui.ts';

let open: Ui | undefined;

afterEach(async () => {
  await open?.end();
  open = undefined;
});

async function page(guests: Guests, path: string): Promise<string> {
  open ??= await ui(guests);
  const got = await ask(new URL(path, open.address).href, { headers: await keyTo(open.address) });
  expect(got.status).toBe(200);
  return got.text;
}

test('how everything is, as a picture and in words; nothing is touched', async () => {
  const guests = await running();
  const text = await page(guests, '/');
  expect(text).toContain('home: 6 fine');
  expect(text).toMatch(/<strong>web<\/strong> <span class="state">running<\/span>\s+<span class="detail">on alpha/);
  expect(text).toMatch(/<svg [\s\S]*running[\s\S]*<\/svg>/);
  expect(guests.wasTouched).toBe(false);
});

test('what is wrong stands on top with its next command', async () => {
  const text = await page(await stopped(), '/');
  expect(text.indexOf('sanctl vm start web')).toBeGreaterThan(0);
  expect(text.indexOf('sanctl vm start web')).toBeLessThan(text.indexOf('<h2>Nodes</h2>'));
});

test('what nobody could read is not called well (C5), and is asked again at the next look', async () => {
  const guests = await running();
  guests.machine('bravo').on = false;
  expect(await page(guests, '/')).toMatch(/<li class="unknown"><span[^>]*>unknown<\/span> <strong>bravo/);
  guests.machine('bravo').on = true;
  await guests.desk.setting.pass(60);
  await page(guests, '/now');
  await guests.desk.setting.pass(60);
  expect(await page(guests, '/now')).toContain('home: 6 fine');
});

test('a plan with its commands and differences, and none of it done', async () => {
  const guests = unapplied();
  const text = await page(guests, '/plan');
  expect(text).toMatch(/A plan of \d+ steps, not run/);
  expect(text).toContain('$ vgcreate');
  expect(text).toContain('volumeGroup/vg0@alpha#create');
  expect(guests.wasTouched).toBe(false);
});

test('a plan that is refused says why', async () => {
  const guests = await running();
  guests.machine('bravo').on = false;
  const text = await page(guests, '/plan');
  expect(text).toContain('No plan can be made of this now');
  expect(text).toContain('ssh/unreachable');
});

test('who holds a node, and what ran', async () => {
  const guests = await running();
  const { files, uptimeSeconds } = guests.machine('alpha');
  const until = Math.floor(uptimeSeconds) + 60;
  files.put('/run/sanctl/lock', `n0 ${until} 0 20260101T000000Z-n0 bWU= ZGVzaw== 7 YXBwbHk=\n`);
  const text = await page(guests, '/journal');
  expect(text).toContain('alpha is held by me@desk');
  expect(text).toContain('What ran, newest first: ');
});

test('Ctrl-C ends it; a port that is taken and one that is none are told', async () => {
  const guests = await running();
  open = await ui(guests);
  const { port } = new URL(open.address);
  const second = await guests.run('ui', '--port', port);
  expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('ui/no-port')]);
  expect((await guests.run('ui', '--port', 'x')).code).toBe(1);
  const { code, stderr } = await open.end();
  expect([code, stderr]).toEqual([0, '']);
  await expect(ask(open.address)).rejects.toThrow(/ECONNREFUSED/);
  open = undefined;
});
