/** What a node, or somebody in between, may do to us: Q11 of safety.md, against a server in this process. */
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dial } from '../../src/transport/dial.ts';
import { outputLimit } from '../../src/transport/output.ts';
import { shakeHands } from '../../src/transport/ssh.ts';
import type { Greeting } from '../../src/transport/wire.ts';
import { type Manners, makeHostKey, type Server, startServer } from './support/server.ts';
import {
  connected,
  keygen,
  know,
  makePlace,
  nodeAt,
  type Place,
  publicKey,
  say,
  shell,
  shellTransport,
  value,
} from './support/site.ts';

let place: Place;
const servers: Server[] = [];
beforeAll(() => {
  place = makePlace();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => place.remove());

async function serve(manners: Manners = {}, known = true): Promise<Server> {
  const server = await startServer(manners);
  servers.push(server);
  if (known) know(place, `[127.0.0.1]:${server.port}`, server.key);
  return server;
}

async function connect(manners: Manners = {}) {
  const server = await serve(manners);
  return { server, connection: await connected(shellTransport(), nodeAt(place, server.port)) };
}

describe('bytes', () => {
  const noise = 'head -c 17000000 /dev/zero | tr "\\\\0" x';

  test('come as they are, beyond any limit of text, and the reply comes when the last of them is taken', async () => {
    const { connection } = await connect();
    let taken = 0;
    let busy = false;
    const reply = await say(connection, `printf '\\377\\000s3cret'; ${noise}; echo why >&2; exit 3`, {
      deadlineSeconds: 300,
      async onBytes(bytes) {
        expect(busy).toBe(false);
        busy = true;
        if (taken === 0) expect([...bytes.subarray(0, 3)]).toEqual([255, 0, 115]);
        await new Promise(setImmediate);
        taken += bytes.length;
        busy = false;
        return undefined;
      },
    });
    expect(reply).toEqual({ outcome: 'exited', code: 3, stdout: '', stderr: 'why\n' });
    expect(taken).toBe(17_000_008);
    connection.close();
  });

  test('whoever has enough of them leaves, and the line is as good as before', async () => {
    const { connection } = await connect();
    let taken = 0;
    const reply = await say(connection, noise, {
      async onBytes() {
        taken += 1;
        return taken === 3 ? 'stop' : undefined;
      },
    });
    expect([reply.outcome, taken]).toEqual(['unknown', 3]);
    expect(await say(connection, 'echo on')).toMatchObject({ outcome: 'exited', code: 0, stdout: 'on\n' });
    connection.close();
  });
});

describe('the outcome', () => {
  test('is the exit status, with all that was printed', async () => {
    const { connection } = await connect();
    expect(await say(connection, 'echo out; echo err >&2; exit 7')).toEqual({
      outcome: 'exited',
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await say(connection, 'true')).toMatchObject({ outcome: 'exited', code: 0, stdout: '' });
    connection.close();
  });

  test('is the exit status also of a command so fast that all of it comes in one packet', async () => {
    const onExec: Manners['onExec'] = (channel) => {
      channel.write('out');
      channel.stderr.write('err');
      channel.exit(5);
      channel.end();
    };
    const { connection } = await connect({ inOnePacket: true, onExec });
    for (let times = 0; times < 20; times++) {
      expect(await say(connection, 'true')).toEqual({ outcome: 'exited', code: 5, stdout: 'out', stderr: 'err' });
    }
    connection.close();
  });

  const unknown: [string, Manners['onExec'], RegExp][] = [
    ['no exit status', (channel) => channel.end('half'), /without an exit status/],
    [
      'a signal',
      (channel) => {
        channel.exit('KILL', false, '');
        channel.end();
      },
      /signal SIGKILL/,
    ],
    [
      'the connection drops',
      (channel, _line, _client, socket) => {
        channel.write('half');
        setImmediate(() => socket.destroy());
      },
      /connection was lost/,
    ],
    [
      'it drops after the exit status, before the end of the output',
      (channel, _line, _client, socket) => {
        channel.write('half');
        channel.exit(0);
        setImmediate(() => socket.destroy());
      },
      /connection was lost/,
    ],
    ['the other side says good-bye', (_channel, _line, client) => client.end(), /connection was lost/],
    ['the channel closes at once', (channel) => channel.close(), /without an exit status/],
    ['nothing but silence', () => undefined, /did not end within 0.3 s/],
    ['an exit status, then silence', (channel) => channel.exit(0), /exit status 0 came, but its output never ended/],
  ];
  test.each(unknown)('is unknown: %s', async (_name, onExec, why) => {
    const { connection } = await connect(onExec === undefined ? {} : { onExec });
    const reply = await say(connection, 'true', { deadlineSeconds: /0.3 s|never/.test(String(why)) ? 0.3 : 20 });
    expect(reply.outcome).toBe('unknown');
    if (reply.outcome === 'unknown') expect(reply.why).toMatch(why);
    connection.close();
  });

  test('is unknown when the node prints for ever, and the connection lives on', async () => {
    const { connection } = await connect();
    const reply = await say(connection, 'yes');
    expect(reply).toMatchObject({ outcome: 'unknown', why: expect.stringMatching(/more than 16777216 bytes/) });
    expect(reply.stdout.length).toBeLessThanOrEqual(outputLimit);
    expect(await say(connection, 'echo still here')).toMatchObject({ outcome: 'exited', stdout: 'still here\n' });
    connection.close();
  });

  test('is unknown when a connection is used that is gone', async () => {
    const { server, connection } = await connect();
    for (const socket of server.sockets) socket.destroy();
    await vi.waitFor(async () => {
      expect(await say(connection, 'true')).toMatchObject({
        outcome: 'unknown',
        why: expect.stringMatching(/lost|started/),
      });
    });
    expect(server.lines).toEqual([]);
  });

  test('is unknown when the connection is closed here', async () => {
    const { connection } = await connect();
    const close = () => {
      connection.close();
      return undefined;
    };
    const reply = await say(connection, 'echo one; sleep 60', { onLine: close });
    expect(reply).toMatchObject({ outcome: 'unknown', why: expect.stringMatching(/closed here/), stdout: 'one\n' });
    expect(await say(connection, 'true')).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/closed here/),
    });
  });

  test('is unknown when a secret cannot be read, and nothing is sent', async () => {
    const { server, connection } = await connect();
    const script = { ...shell('true'), secrets: [{ secret: 'absent' }] };
    const reply = await connection.run(script, { deadlineSeconds: 5 });
    expect(reply).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/nothing was started: The secret absent/),
    });
    expect(server.lines).toEqual([]);
    connection.close();
  });

  test('is unknown when the peer is silent for half a minute (H7)', async () => {
    const { server, connection } = await connect({ onExec: (channel) => channel.write('half\n') });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    // Keepalive was armed with a real timer at the login; the first answer to the exec arms it again with this one.
    let silent = false;
    const reply = say(connection, 'true', {
      deadlineSeconds: 3600,
      onLine: () => {
        for (const socket of server.sockets) socket.pause();
        silent = true;
        return undefined;
      },
    });
    await vi.waitFor(() => expect(silent).toBe(true));
    for (let times = 0; times < 5; times++) await vi.advanceTimersByTimeAsync(10_000);
    expect(await reply).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/Keepalive timeout/),
      stdout: 'half\n',
    });
  });
});

describe('a listener', () => {
  test('hears each whole line as it comes, over packets and half characters', async () => {
    const bytes = Buffer.from('grün\nzwei\nhalf', 'utf8');
    const { connection } = await connect({
      onExec: (channel) => {
        for (const byte of bytes) channel.write(Buffer.of(byte));
        channel.exit(0);
        channel.end();
      },
    });
    const lines: string[] = [];
    const reply = await say(connection, 'true', {
      onLine: (line) => {
        lines.push(line);
        return undefined;
      },
    });
    expect(lines).toEqual(['grün', 'zwei']);
    expect(reply).toMatchObject({ outcome: 'exited', stdout: 'grün\nzwei\nhalf' });
    connection.close();
  });

  test('says stop: the channel closes, no later line is heard, the connection lives on', async () => {
    const { connection } = await connect();
    const lines: string[] = [];
    const reply = await say(connection, 'echo one; echo two; sleep 60', {
      onLine: (line) => {
        lines.push(line);
        return 'stop';
      },
    });
    expect(lines).toEqual(['one']);
    expect(reply).toMatchObject({ outcome: 'unknown', why: expect.stringMatching(/left here/) });
    expect(await say(connection, 'exit 3')).toMatchObject({ code: 3 });
    connection.close();
  });

  test('interrupts: at once, or before anything was sent', async () => {
    const { server, connection } = await connect();
    const abort = new AbortController();
    const reply = say(connection, 'echo one; sleep 60', {
      signal: abort.signal,
      onLine: () => {
        abort.abort();
        return undefined;
      },
    });
    expect(await reply).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/interrupted/),
      stdout: 'one\n',
    });
    expect(await say(connection, 'true', { signal: abort.signal })).toMatchObject({
      why: expect.stringMatching(/before anything/),
    });
    expect(server.lines).toHaveLength(1);
    connection.close();
  });
});

describe('channels (H11)', () => {
  test('at most eight at once, and all get their turn', async () => {
    let most = 0;
    let now = 0;
    const { connection } = await connect({
      onExec: (channel) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          channel.exit(0);
          channel.end();
        }, 20);
      },
    });
    const replies = await Promise.all(Array.from({ length: 30 }, () => say(connection, 'true')));
    expect(replies.map((reply) => reply.outcome)).toEqual(Array(30).fill('exited'));
    expect(most).toBe(8);
    connection.close();
  });

  test('a refused channel is asked for again when another has ended; nothing runs twice', async () => {
    const { server, connection } = await connect({ refuseChannel: (open) => open >= 2 });
    const replies = await Promise.all([1, 2, 3, 4, 5].map((code) => say(connection, `exit ${code}`)));
    expect(replies.map((reply) => (reply.outcome === 'exited' ? reply.code : reply.why))).toEqual([1, 2, 3, 4, 5]);
    expect(server.lines).toHaveLength(5);
    connection.close();
  });

  test('refused once although none is open, as sshd does for a moment: asked for again', async () => {
    let refusals = 0;
    const { server, connection } = await connect({ refuseChannel: () => refusals++ < 2 });
    expect(await say(connection, 'exit 4')).toMatchObject({ outcome: 'exited', code: 4 });
    expect(server.lines).toHaveLength(1);
    connection.close();
  });

  test('refused with no other open: nothing was started, and it says so', async () => {
    const { connection } = await connect({ refuseChannel: () => true });
    expect(await say(connection, 'true')).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/nothing was started/),
    });
    connection.close();
  });

  test('a refused exec is unknown and never repeated', async () => {
    const { server, connection } = await connect({ refuseExec: true });
    expect(await say(connection, 'true')).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/did not confirm/),
    });
    expect(server.lines).toHaveLength(1);
    connection.close();
  });
});

describe('the host key', () => {
  async function refused(lines: (key: string, port: number) => string, choice = {}) {
    const server = await serve({}, false);
    const file = place.path(`known-${server.port}`);
    writeFileSync(file, lines(server.key, server.port));
    const result = await shellTransport(choice).connect(nodeAt(place, server.port, { knownHostsFile: file }));
    if (result.ok) result.value.close();
    expect(server.lines).toEqual([]);
    return { codes: result.diagnostics.map((one) => one.code), result, server, file };
  }
  const other = () => makeHostKey().public;
  const cases: [string, (key: string, port: number) => string, string][] = [
    ['missing', () => '', 'ssh/unknown-host'],
    ['known for port 22 only', (key) => `127.0.0.1 ${key}\n`, 'ssh/unknown-host'],
    ['changed', (_key, port) => `[127.0.0.1]:${port} ${other()}\n`, 'ssh/changed-key'],
    ['revoked', (key, port) => `[127.0.0.1]:${port} ${key}\n@revoked * ${key}\n`, 'ssh/revoked-key'],
    ['certified only', (key) => `@cert-authority * ${key}\n`, 'ssh/certificate-authority'],
    ['known by a type that it does not offer', (_key, port) => `[127.0.0.1]:${port} ${rsa()}\n`, 'ssh/host-key-type'],
    ['known by a type that cannot be used', (_key, port) => `[127.0.0.1]:${port} ${dss()}\n`, 'ssh/host-key-type'],
    [
      'known, in a file with a damaged line',
      (key, port) => `[127.0.0.1]:${port} ${key}\n@revoked\n`,
      'ssh/known-hosts',
    ],
  ];
  test.each(cases)('%s: refused', async (_name, lines, code) => {
    const { result, codes } = await refused(lines);
    expect(codes).toEqual([code]);
    expect(result.ok).toBe(false);
    expect(result.diagnostics[0]?.help).toBeTruthy();
  });

  test.each(cases.filter(([name]) => name !== 'missing' && !name.startsWith('known for port')))(
    '%s: refused also with --accept-new-host-keys',
    async (_name, lines, code) => {
      expect((await refused(lines, { acceptNewHostKeys: true })).codes).toEqual([code]);
    },
  );

  test('a known_hosts file that cannot be read refuses', async () => {
    const server = await serve();
    const result = await shellTransport().connect(nodeAt(place, server.port, { knownHostsFile: place.folder }));
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/known-hosts' }] });
  });

  test('a new one is accepted by the explicit option only, with a note, and then it is known', async () => {
    const { result, file, server } = await refused(() => '# no newline at the end', { acceptNewHostKeys: true });
    expect(result).toMatchObject({ ok: true, diagnostics: [{ severity: 'note', code: 'ssh/new-host-key' }] });
    expect(result.diagnostics[0]?.detail).toMatch(/SHA256:[A-Za-z0-9+/]{43}/);
    const node = nodeAt(place, server.port, { knownHostsFile: file });
    const again = await shellTransport().connect(node);
    expect(again).toMatchObject({ ok: true, diagnostics: [] });
    value(again).close();
  });

  test('ten new ones at once all get into a new file, which only its owner can read', async () => {
    const file = place.path('new/known_hosts');
    const made = await Promise.all(Array.from({ length: 10 }, () => serve({}, false)));
    const transport = shellTransport({ acceptNewHostKeys: true });
    const results = await Promise.all(
      made.map(({ port }) => transport.connect(nodeAt(place, port, { knownHostsFile: file }))),
    );
    for (const result of results) value(result).close();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(10);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(place.path('new'))).toEqual(['known_hosts']);
  });

  test('is hashed when the SSH configuration asks for it', async () => {
    const [server, file, configFile] = [await serve({}, false), place.path('hashed'), place.path('hash-config')];
    writeFileSync(configFile, `${readFileSync(place.config, 'utf8')}HashKnownHosts yes\n`);
    const node = nodeAt(place, server.port, { knownHostsFile: file, configFile });
    value(await shellTransport({ acceptNewHostKeys: true }).connect(node)).close();
    expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|[^ ]+ ssh-ed25519 \S+\n$/);
    value(await shellTransport().connect(node)).close();
  });

  test('the configuration cannot turn the check off', async () => {
    const [server, configFile] = [await serve({}, false), place.path('careless')];
    writeFileSync(configFile, `${readFileSync(place.config, 'utf8')}StrictHostKeyChecking no\n`);
    expect(await shellTransport().connect(nodeAt(place, server.port, { configFile }))).toMatchObject({ ok: false });
    know(place, 'an-alias', server.key);
    const known = await shellTransport().connect(nodeAt(place, server.port, { configFile, hostKeyAlias: 'an-alias' }));
    expect(known).toMatchObject({ ok: true, diagnostics: [{ severity: 'warning', code: 'ssh/strict-ignored' }] });
    value(known).close();
  });
});

function rsa(): string {
  return ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).public.split(' ').slice(0, 2).join(' ');
}
function dss(): string {
  const field = (text: string) => Buffer.concat([Buffer.of(0, 0, 0, text.length), Buffer.from(text)]);
  return `ssh-dss ${Buffer.concat([field('ssh-dss'), field('not a real key')]).toString('base64')}`;
}

describe('the verifier (H1, H2)', () => {
  const wrong: [string, () => unknown][] = [
    ['a promise of no', () => Promise.resolve(false)],
    ['a promise of yes', () => Promise.resolve(true)],
    ['null', () => null],
    ['zero', () => 0],
    ['nothing', () => ''],
    ['a truthy object', () => ({})],
  ];

  /** What ssh2 itself does with such a verifier: the mutant that our wrapper must catch. */
  async function bare(port: number, verifier: (() => unknown) | undefined): Promise<boolean> {
    const client = new ssh2.Client();
    const outcome = await new Promise<boolean>((resolve) => {
      client.on('ready', () => resolve(true)).on('error', () => resolve(false));
      const { readFileSync } = require('node:fs') as typeof import('node:fs');
      client.connect({
        host: '127.0.0.1',
        port,
        username: 'root',
        privateKey: readFileSync(place.identity),
        ...(verifier === undefined ? {} : { hostVerifier: verifier as () => boolean }),
      });
    });
    client.destroy();
    return outcome;
  }

  async function through(port: number, verify: () => unknown): Promise<boolean> {
    const hop = { host: '127.0.0.1', port, knownAs: 'x', user: 'root' } as Greeting['hop'];
    const hostKeys = { offer: ['ssh-ed25519'], verify, refusal: () => undefined } as unknown as Greeting['hostKeys'];
    const identities = [{ from: 'file', path: 'id', key: readFileSync(place.identity) }] as const;
    const sock = value(await dial(hop, 5));
    const hands = await shakeHands({ hop, sock, hostKeys, identities: { identities, unusable: [] }, seconds: 5 });
    if (hands.ok) hands.value.end();
    return hands.ok;
  }

  test.each(wrong)('%s: ssh2 would accept, we do not', async (_name, verifier) => {
    const server = await serve();
    expect(await bare(server.port, verifier)).toBe(true);
    expect(await through(server.port, verifier)).toBe(false);
  });

  test('without one ssh2 accepts every key; ours cannot be built without', async () => {
    const server = await serve();
    expect(await bare(server.port, undefined)).toBe(true);
    // @ts-expect-error a greeting without hostKeys does not compile
    const greeting: Greeting = { hop: {}, sock: {}, identities: {}, seconds: 1 };
    expect(greeting).toBeDefined();
  });

  test('one that throws refuses; one that says true is the only one to let through', async () => {
    const server = await serve();
    const throwing = () => {
      throw new Error('broken');
    };
    expect(await through(server.port, throwing)).toBe(false);
    expect(await through(server.port, () => true)).toBe(true);
  });
});

describe('login and reach', () => {
  test('refused: says what was tried and what the node wants', async () => {
    const server = await serve({ allow: () => false });
    const result = await shellTransport().connect(nodeAt(place, server.port));
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/auth-failed' }] });
    expect(result.diagnostics[0]?.detail).toContain(place.identity);
    expect(result.diagnostics[0]?.detail).toContain('It accepts: publickey');
  });

  test('a key with a passphrase, or open to others, is not used, and the way out is told', async () => {
    const [locked, loose] = [place.path('locked'), place.path('loose')];
    keygen(locked, '-N', 'correct horse');
    keygen(loose);
    chmodSync(loose, 0o644);
    const server = await serve();
    const details = await Promise.all(
      [locked, loose, place.path('absent')].map(async (identityFile) => {
        const result = await shellTransport().connect(nodeAt(place, server.port, { identityFile }));
        expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/auth-failed' }] });
        return result.diagnostics[0]?.detail;
      }),
    );
    expect(details[0]).toContain(`ssh-add ${locked}`);
    expect(details[1]).toContain(`chmod 600 ${loose}`);
    expect(details[2]).toContain('ENOENT');
    expect(publicKey(locked)).toMatch(/^ssh-ed25519/);
  });

  test('nobody listens', async () => {
    const server = await startServer();
    await server.close();
    know(place, `[127.0.0.1]:${server.port}`, server.key);
    const result = await shellTransport().connect(nodeAt(place, server.port));
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/refused' }] });
  });

  test('no such name', async () => {
    know(place, '[no-such-host.invalid]:22', makeHostKey().public);
    const result = await shellTransport().connect(nodeAt(place, 22, { host: 'no-such-host.invalid' }));
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/dns' }] });
  });

  test('a peer that accepts and then says nothing', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address() as { port: number };
    const hop = { host: '127.0.0.1', port: address.port, knownAs: 'x', user: 'root' } as Greeting['hop'];
    const hostKeys = { offer: ['ssh-ed25519'], verify: () => true, refusal: () => undefined, keep: () => undefined };
    const sock = value(await dial(hop, 5));
    const greeting = { hop, sock, hostKeys, identities: { identities: [], unusable: [] }, seconds: 0.2 };
    expect(await shakeHands(greeting as unknown as Greeting)).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'ssh/timeout' }],
    });
    mute.close();
  });

  test('a peer that is no SSH server', async () => {
    const odd = createServer((socket) => socket.end('220 mail ready\u001b[2J\r\n')).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const { port } = odd.address() as { port: number };
    know(place, `[127.0.0.1]:${port}`, makeHostKey().public);
    expect(await shellTransport().connect(nodeAt(place, port))).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'ssh/handshake' }],
    });
    odd.close();
  });
});
