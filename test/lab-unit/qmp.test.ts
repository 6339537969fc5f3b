import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClockLine } from '../../src/lab/clock.ts';
import { Qmp } from '../../src/lab/qmp.ts';

let folder: string;
let path: string;
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qmp-'));
  path = join(folder, 's');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A QEMU that greets, and answers each command with what `answer` says. */
async function fake(answer: (asked: { execute: string; arguments: unknown }, socket: Socket) => void): Promise<Qmp> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('{"QMP":{"version":{},"capabilities":[]}}\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      const asked = JSON.parse(line) as { execute: string; arguments: unknown };
      if (asked.execute === 'qmp_capabilities') socket.write('{"return":{}}\r\n');
      else answer(asked, socket);
    });
  }).listen(path);
  await once(server, 'listening');
  return Qmp.connect(path, 10);
}

describe('QMP', () => {
  it('takes the answer, not the events before it', async () => {
    const qmp = await fake((_, socket) => {
      socket.write('{"event":"STOP","timestamp":{}}\r\n{"return":{"status":"paused"}}\r\n');
    });
    expect(await qmp.execute('query-status', {}, 10)).toEqual({ status: 'paused' });
    qmp.close();
  });

  it('answers two commands in their order', async () => {
    const qmp = await fake((asked, socket) => socket.write(`{"return":"${asked.execute}"}\r\n`));
    expect(await Promise.all([qmp.execute('a', {}, 10), qmp.execute('b', {}, 10)])).toEqual(['a', 'b']);
    qmp.close();
  });

  it('says what QEMU refused', async () => {
    const qmp = await fake((_, socket) =>
      socket.write('{"error":{"class":"GenericError","desc":"no such thing"}}\r\n'),
    );
    await expect(qmp.execute('nonsense', {}, 10)).rejects.toThrow('nonsense: no such thing');
    qmp.close();
  });

  it('takes the text of the human monitor for the error that it is', async () => {
    const qmp = await fake((_, socket) => socket.write('{"return":"Error: no snapshot\\r\\n"}\r\n'));
    await expect(qmp.monitor('loadvm fresh', 10)).rejects.toThrow('loadvm fresh: Error: no snapshot');
    qmp.close();
  });

  it('does not wait for an answer when the connection ended', async () => {
    const qmp = await fake((_, socket) => socket.destroy());
    await expect(qmp.execute('quit', {}, 10)).rejects.toThrow('ended without an answer');
    await expect(qmp.execute('stop', {}, 10)).rejects.toThrow('the connection ended');
  });

  it('does not wait for ever for an answer that never comes', async () => {
    const qmp = await fake(() => {});
    await expect(qmp.execute('stop', {}, 0.05)).rejects.toThrow('without an answer');
  });

  it('says when nobody listens', async () => {
    server = createServer();
    await expect(Qmp.connect(path, 10)).rejects.toThrow('no connection');
  });
});

describe('the clock line', () => {
  it('waits for the answer to this setting, not to an earlier one', async () => {
    server = createServer((socket) => {
      socket.write('17\n');
      createInterface({ input: socket }).on('line', (line) => socket.write(`${line}\n`));
    }).listen(path);
    await once(server, 'listening');
    const line = await ClockLine.connect(path);
    await line.set('alpha', 10);
    line.close();
  });

  it('says which node did not answer', async () => {
    server = createServer(() => {}).listen(path);
    await once(server, 'listening');
    const line = await ClockLine.connect(path);
    await expect(line.set('alpha', 0.05)).rejects.toThrow('alpha did not answer');
    line.close();
  });
});
