/** Who may look at the pages of `sanctl ui`, and how. */
import { afterEach, expect, test } from 'vitest';
import { type Served, serve } from '../../src/web/server.ts';
import { ask, keyTo } from './ask.ts';

let served: Served | undefined;

afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function open(): Promise<{ readonly address: string; readonly root: string; readonly asked: string[] }> {
  const asked: string[] = [];
  served = await serve(0, async (path) => {
    asked.push(path);
    if (path === '/broken') throw new Error('of which nobody hears');
    return path === '/' ? { type: 'text/html', text: '<p>well</p>' } : undefined;
  });
  return { address: served.address, root: new URL('/', served.address).href, asked };
}

test('the address opens the page once, and a cookie from then on', async () => {
  const { address, root } = await open();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
  const first = await ask(address);
  expect([first.status, first.headers['location'], first.text]).toEqual([303, '/', '']);
  expect(String(first.headers['set-cookie'])).toMatch(/^sanctl-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
  const page = await ask(root, { headers: await keyTo(address) });
  expect([page.status, page.text, page.headers['cache-control']]).toEqual([200, '<p>well</p>', 'no-store']);
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none';/);
});

test.each([
  ['nothing', {}],
  ['a token that is wrong', { cookie: `sanctl-PORT=${'x'.repeat(32)}` }],
  ['an empty one', { cookie: 'sanctl-PORT=' }],
  ['that of another port', { cookie: 'sanctl-1=TOKEN' }],
])('whoever brings %s sees nothing, and no page is made', async (_what, headers) => {
  const { address, root, asked } = await open();
  const { port, searchParams } = new URL(address);
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      String(value)
        .replace('PORT', port)
        .replace('TOKEN', searchParams.get('token') ?? ''),
    ]),
  );
  const got = await ask(root, { headers: filled });
  expect([got.status, got.text]).toEqual([403, expect.stringContaining('`sanctl ui`')]);
  expect(asked).toEqual([]);
});

test.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost:1'])(
  'a name that is led here, %s, is refused even with the key (DNS rebinding)',
  async (host) => {
    const { address, root, asked } = await open();
    const got = await ask(root, { headers: { ...(await keyTo(address)), host } });
    expect([got.status, asked]).toEqual([421, []]);
  },
);

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not reading', async (method) => {
  const { address, root, asked } = await open();
  const got = await ask(root, { method, headers: await keyTo(address) });
  expect([got.status, got.headers['allow'], asked]).toEqual([405, 'GET, HEAD', []]);
});

test('no such page, and a page that cannot be made, whose reason stays here', async () => {
  const { address, root } = await open();
  const headers = await keyTo(address);
  expect((await ask(`${root}no/such`, { headers })).status).toBe(404);
  const broken = await ask(`${root}broken`, { headers });
  expect([broken.status, broken.text]).toEqual([500, 'This page could not be made.\n']);
});

test('only loopback listens, and a port that is taken is told', async () => {
  const { address } = await open();
  const { hostname, port } = new URL(address);
  expect(hostname).toBe('127.0.0.1');
  await expect(serve(Number(port), async () => undefined)).rejects.toThrow(/EADDRINUSE/);
});
