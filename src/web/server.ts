/**
 * A read-only web server for one person on this machine. Only on loopback; only GET; nothing without the token, which the
 * address carries once and a cookie afterwards; nothing for a name that is not this machine's (DNS rebinding).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly type: 'text/html' | 'text/css' | 'text/javascript';
  readonly text: string;
}

/** Undefined: there is no such page. */
export type Pages = (path: string) => Promise<Answer | undefined>;

export interface Served {
  /** With the token in it: whoever has it may look. */
  readonly address: string;
  close(): Promise<void>;
}

const address = '127.0.0.1';
const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** `port`: 0 for any that is free. Rejects when it is taken. */
export async function serve(port: number, pages: Pages): Promise<Served> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    void reply(request, { token, port: portOf(), pages }).then(
      (answer) => send(response, answer, request.method),
      () => send(response, { status: 500, text: 'This page could not be made.\n' }, request.method),
    );
  });
  const portOf = (): number => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    address: `http://${address}:${portOf()}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly type?: Answer['type'];
  readonly more?: Readonly<Record<string, string>>;
}

interface House {
  readonly token: string;
  readonly port: number;
  readonly pages: Pages;
}

async function reply(request: IncomingMessage, { token, port, pages }: House): Promise<Reply> {
  if (![`${address}:${port}`, `localhost:${port}`].includes(request.headers.host ?? ''))
    return { status: 421, text: 'This server answers to its own address only.\n' };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, text: 'This page only reads.\n', more: { Allow: 'GET, HEAD' } };
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${address}`);
  const cookie = `sanctl-${port}`;
  if (isSame(searchParams.get('token'), token))
    return {
      status: 303,
      text: '',
      more: { Location: pathname, 'Set-Cookie': `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/` },
    };
  if (!isSame(cookieNamed(cookie, request.headers.cookie), token))
    return { status: 403, text: 'Open the address that `sanctl ui` has printed: it carries the key to this page.\n' };
  const answer = await pages(pathname);
  return answer === undefined ? { status: 404, text: 'There is no such page.\n' } : { status: 200, ...answer };
}

/** In a time that tells nothing of the token. */
function isSame(given: string | null | undefined, token: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieNamed(name: string, header: string | undefined): string | undefined {
  const pair = (header ?? '').split(/; */).find((one) => one.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

function send(response: ServerResponse, { status, text, type, more }: Reply, method: string | undefined): void {
  response.writeHead(status, { ...headers, ...more, 'Content-Type': `${type ?? 'text/plain'}; charset=utf-8` });
  response.end(method === 'HEAD' ? undefined : text);
}
