/** Against a real sshd: what OpenSSH does, not what we think that it does. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { quote } from '../../src/shell/quote.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { hidden } from '../../src/transport/redact.ts';
import { secretsOf } from '../../src/transport/secrets.ts';
import { sshTransport } from '../../src/transport/ssh.ts';
import { connected, keygen, know, makePlace, nodeAt, type Place, say, shellTransport, value } from './support/site.ts';
import { noSshd, noSudo, password, type Sshd, startSshd, titled } from './support/sshd.ts';
import { countTurns } from './support/turns.ts';

let place: Place;
let sshd: Sshd;
/** All that were started, so that a test that fails leaves none behind. */
const started: Sshd[] = [];
async function start(options: readonly string[] = []): Promise<Sshd> {
  const one = await startSshd(place, options);
  started.push(one);
  return one;
}
beforeAll(async () => {
  if (noSshd !== undefined) return;
  place = makePlace();
  chmodSync(place.folder, 0o755);
  sshd = await start();
  know(place, `[127.0.0.1]:${sshd.port}`, sshd.key);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await Promise.all(started.map((one) => one.stop()));
  place?.remove();
});

describe.skipIf(noSshd !== undefined)(titled('a real sshd', noSshd), () => {
  async function root(): Promise<Connection> {
    return connected(shellTransport(), nodeAt(place, sshd.port));
  }

  test('exit codes, both streams, and stdin whole', async () => {
    const connection = await root();
    for (const code of [0, 1, 2, 127, 128, 137, 255]) {
      expect(await say(connection, `echo out; echo err >&2; exit ${code}`)).toEqual({
        outcome: 'exited',
        code,
        stdout: 'out\n',
        stderr: 'err\n',
      });
    }
    const long = 'line\n'.repeat(300_000);
    expect(await say(connection, 'wc -c', { stdin: long })).toMatchObject({ code: 0, stdout: `${long.length}\n` });
    expect(await say(connection, 'wc -c')).toMatchObject({ code: 0, stdout: '0\n' });
    connection.close();
  });

  test('a signal is a signal, not an exit code of a shell in between (H5)', async () => {
    const connection = await root();
    expect(await say(connection, 'kill -9 $$')).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/SIGKILL/),
    });
    connection.close();
  });

  test('a command of any length and any text arrives as it is', async () => {
    const connection = await root();
    const echo = async (text: string) => say(connection, `printf %s ${quote(text)}`);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !text.includes('\0')),
        async (text) => {
          expect(await echo(text)).toMatchObject({ code: 0, stdout: text });
        },
      ),
      { numRuns: 20 },
    );
    for (const length of [60_000, 90_000]) {
      const text = "a'\n\\".repeat(length / 8);
      expect(await echo(text)).toMatchObject({ code: 0, stdout: text });
      const withStdin = `printf %s ${quote(text)} | wc -c; cat`;
      expect(await say(connection, withStdin, { stdin: 'its own input' })).toMatchObject({
        stdout: `${text.length}\nits own input`,
      });
    }
    connection.close();
  });

  test('what runs goes on when the listener leaves', async () => {
    const connection = await root();
    const mark = place.path('went-on');
    const reply = await say(
      connection,
      `echo began; trap '' HUP PIPE; read -r x <${place.path('gate')}; echo done >${mark}`.replace(
        'echo began',
        `mkfifo ${place.path('gate')}; echo began`,
      ),
      { onLine: () => 'stop' },
    );
    expect(reply).toMatchObject({ outcome: 'unknown', stdout: 'began\n' });
    writeFileSync(place.path('gate'), 'go\n');
    await vi.waitFor(() => expect(readFileSync(mark, 'utf8')).toBe('done\n'), { timeout: 10_000 });
    connection.close();
  });

  test('the connection is killed in the middle: unknown', async () => {
    const connection = await root();
    const reply = say(connection, 'echo $PPID; sleep 60', {
      onLine: (pid) => {
        process.kill(Number(pid), 'SIGKILL');
        return undefined;
      },
    });
    expect(await reply).toMatchObject({ outcome: 'unknown', why: expect.stringMatching(/connection was lost/) });
  });

  test('real scripts run: observe, with its boundary lines', async () => {
    const transport = sshTransport({ acceptNewHostKeys: false, secrets: secretsOf({}) });
    const connection = await connected(transport, nodeAt(place, sshd.port));
    const probes = [{ name: 'host.name', command: { argv: ['uname', '-n'] } }] as const;
    const reply = await connection.run({ do: 'observe', probes, boundary: 'abc123' }, { deadlineSeconds: 20 });
    expect(reply).toMatchObject({ outcome: 'exited', code: 0 });
    expect(reply.stdout).toContain(execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim());
    connection.close();
  });

  test('fewer sessions than we want: all get their turn (MaxSessions)', async () => {
    const narrow = await start(['MaxSessions 2']);
    know(place, `[127.0.0.1]:${narrow.port}`, narrow.key);
    const connection = await connected(shellTransport(), nodeAt(place, narrow.port));
    const replies = await Promise.all([1, 2, 3, 4, 5, 6].map((code) => say(connection, `sleep 0.05; exit ${code}`)));
    expect(replies.map((reply) => (reply.outcome === 'exited' ? reply.code : reply.why))).toEqual([1, 2, 3, 4, 5, 6]);
    connection.close();
  });

  test('thirty nodes behind one sshd, all at once (MaxStartups 10:30:100)', async () => {
    const transport = shellTransport();
    const all = await Promise.all(Array.from({ length: 30 }, () => transport.connect(nodeAt(place, sshd.port))));
    expect(all.flatMap((one) => one.diagnostics)).toEqual([]);
    for (const one of all) value(one).close();
  });

  test('connect and one exec take at most 8 turns of the line', async () => {
    // On a busy machine an answer may come in two pieces, with a word of ours between: the fewest of several are what it needs.
    const tries: { toConnect: number; toExec: number }[] = [];
    for (let at = 0; at < 5; at++) tries.push(await turnsOfOne());
    const fewest = (of: 'toConnect' | 'toExec'): number => Math.min(...tries.map((one) => one[of]));
    expect({ toConnect: fewest('toConnect'), toExec: fewest('toExec') }).toEqual({ toConnect: 6, toExec: 2 });
  });

  async function turnsOfOne(): Promise<{ toConnect: number; toExec: number }> {
    const line = await countTurns(sshd.port);
    know(place, 'turns', sshd.key);
    const connection = await connected(shellTransport(), nodeAt(place, line.port, { hostKeyAlias: 'turns' }));
    const toConnect = line.turns();
    expect(await say(connection, 'echo done')).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
    const toExec = line.turns() - toConnect;
    connection.close();
    await line.close();
    return { toConnect, toExec };
  }

  test('a key from the agent, also one that is locked in its file', async () => {
    const socket = place.path('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(agent.stdout, 'data');
    const locked = place.path('locked');
    keygen(locked, '-N', 'correct horse');
    writeFileSync(place.path('authorized_keys'), readFileSync(`${locked}.pub`), { flag: 'a' });
    const config = place.path('agent-config');
    writeFileSync(config, `IdentityAgent ${socket}\nIdentitiesOnly yes\nIdentityFile none\n`);
    const node = nodeAt(place, sshd.port, { identityFile: locked, configFile: config });
    expect(await shellTransport().connect(node)).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'ssh/auth-failed' }],
    });
    const askpass = place.path('askpass');
    writeFileSync(askpass, '#!/bin/sh\necho correct horse\n', { mode: 0o755 });
    execFileSync('ssh-add', ['-q', locked], {
      env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    });
    // Many other keys in front of it would use up the tries that sshd allows.
    for (let count = 0; count < 7; count++) {
      keygen(place.path(`other${count}`));
      execFileSync('ssh-add', ['-q', place.path(`other${count}`)], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    }
    value(await shellTransport().connect(node)).close();
    rmSync(locked);
    value(await shellTransport().connect(node)).close();
    agent.kill();
    await once(agent, 'exit');
  });

  test('through a jump host: each is verified under its own name, one connection carries all', async () => {
    const [file, config] = [place.path('known-jump'), place.path('jump-config')];
    writeFileSync(
      config,
      `IdentityAgent none\nIdentityFile none\n\nHost bastion\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User root\n`,
    );
    const inner = await start();
    const node = nodeAt(place, inner.port, { configFile: config, knownHostsFile: file, proxyJump: 'bastion' });

    writeFileSync(file, `[127.0.0.1]:${inner.port} ${inner.key}\n`);
    const unknownJump = await shellTransport().connect(node);
    expect(unknownJump).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/unknown-host' }] });
    expect(unknownJump.diagnostics[0]?.detail).toContain(`[127.0.0.1]:${sshd.port}`);

    writeFileSync(file, `[127.0.0.1]:${sshd.port} ${sshd.key}\n[127.0.0.1]:${inner.port} ${sshd.key}\n`);
    expect(await shellTransport().connect(node)).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'ssh/changed-key' }],
    });

    writeFileSync(file, `[127.0.0.1]:${sshd.port} ${sshd.key}\n[127.0.0.1]:${inner.port} ${inner.key}\n`);
    const transport = shellTransport();
    const [one, two] = await Promise.all([connected(transport, node), connected(transport, node)]);
    const from = async (connection: Connection) => (await say(connection, 'echo $SSH_CONNECTION')).stdout.split(' ')[3];
    expect(await from(one)).toBe(`${inner.port}\n`);
    one.close();
    expect(await from(two)).toBe(`${inner.port}\n`);
    two.close();
    const three = await connected(transport, node);
    expect(await from(three)).toBe(`${inner.port}\n`);
    three.close();

    await inner.stop();
    expect(await shellTransport().connect(node)).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/jump' }] });
  });
});

describe.skipIf(noSudo !== undefined)(titled('sudo for an ordinary user', noSudo), () => {
  async function as(user: string, secret?: string): Promise<Connection> {
    vi.stubEnv('SUDO_PASSWORD', secret);
    const named = secret === undefined ? {} : { sudoPassword: 'sudo' };
    const transport = shellTransport({ secrets: { sudo: { env: 'SUDO_PASSWORD' } } });
    return connected(transport, nodeAt(place, sshd.port, { user, ...named }));
  }

  test('without a password', async () => {
    const connection = await as('never');
    expect(await say(connection, 'id -u; cat; echo err >&2; exit 3', { stdin: 'input\n' })).toEqual({
      outcome: 'exited',
      code: 3,
      stdout: '0\ninput\n',
      stderr: 'err\n',
    });
    expect(await say(connection, 'kill -9 $$')).toMatchObject({ outcome: 'unknown' });
    connection.close();
  });

  test('with a password, which never reaches the input of the script nor what it prints', async () => {
    const connection = await as('asks', password);
    const text = 'id -u; cat; cat /proc/self/cmdline /proc/$PPID/cmdline | tr "\\0" " "';
    const reply = await say(connection, text, { stdin: 'input\n' });
    expect(reply).toMatchObject({ outcome: 'exited', code: 0 });
    expect(reply.stdout.startsWith('0\ninput\n')).toBe(true);
    expect(JSON.stringify(reply)).not.toContain('s3cret');
    expect(await say(connection, `printf %s ${quote(password)}`)).toMatchObject({ stdout: hidden });
    connection.close();
  });

  test('with a password that sudo does not ask for: it is not sent', async () => {
    const connection = await as('never', password);
    expect(await say(connection, 'cat', { stdin: 'input' })).toMatchObject({ code: 0, stdout: 'input' });
    expect(await say(connection, 'wc -c')).toMatchObject({ code: 0, stdout: '0\n' });
    connection.close();
  });

  const refused: [string, string, string | undefined, RegExp][] = [
    ['a password is needed and none is named', 'asks', undefined, /password is required/],
    ['the password is wrong', 'asks', 'wrong password', /incorrect password|no password was provided|1 incorrect/],
    ['the user may not', 'nobody2', password, /not in the sudoers|not allowed/],
  ];
  test.each(refused)('nothing runs when %s', async (_name, user, secret, why) => {
    const connection = await as(user, secret);
    const mark = place.path(`ran-${user}`);
    const reply = await say(connection, `touch ${mark}`);
    expect(reply).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/sudo did not start it, nothing was done/),
    });
    if (reply.outcome === 'unknown') expect(reply.why).toMatch(why);
    expect(() => readFileSync(mark)).toThrow();
    connection.close();
  });
});
