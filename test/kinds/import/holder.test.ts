/** The holder's own check against servers of the test that speak NBD: whoever is not who was asked for is refused (S3, N1). */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const run = promisify(execFile);
const holder = new URL('../../../templates/import/import.hbs', import.meta.url).pathname;
const mebibyte = 2 ** 20;
// HAS_FLAGS, READ_ONLY, SEND_FLUSH, SEND_FUA, CAN_MULTI_CONN (doc/proto.md of nbd).
const [hasFlags, readOnly, flush, fua, many] = [1, 2, 4, 8, 256];

interface Served {
  readonly name: string;
  readonly bytes: number;
  readonly flags: number;
}
const slice: Served = { name: 'slice-1', bytes: mebibyte, flags: hasFlags | flush | fua | many };

// The holder runs on nodes, in the Python that Debian has; a machine of somebody who only reads may lack it.
const absent = spawnSync('python3', ['--version']).status !== 0;
beforeEach(({ skip }) => skip(absent, 'no python3 on this machine'));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('the one that was asked for', async () => {
  expect(await check(slice)).toEqual({ code: 0, said: 'slice-1 has 1048576 bytes\n' });
});

test('the same, with other data or without what it had acknowledged, is not what a device goes on with (S3, N1)', async () => {
  const was = (serving: string) => check(slice, { serving });
  expect((await was(slice.name + proof)).code).toBe(0);
  expect((await was('slice-1/00000000/boot-1')).said).toContain(
    'alpha serves other data than what is connected here (S3)',
  );
  expect((await was('slice-1/a1b2c3d4/boot-0')).said).toContain(
    'before all that it had acknowledged was on its disks (N1)',
  );
});

test('one that has grown', async () => {
  expect((await check({ ...slice, bytes: 2 * mebibyte })).code).toBe(0);
});

test('a stranger of another name, of the same size', async () => {
  expect(await check({ ...slice, name: 'slice-2' })).toEqual({
    code: 1,
    said: 'slice: alpha serves no slice-1\n',
  });
});

test('a smaller one', async () => {
  expect(await check({ ...slice, bytes: mebibyte / 2 })).toEqual({
    code: 1,
    said: 'slice: slice-1 has 524288 bytes, not 1048576\n',
  });
});

test('one whose size is no whole number of blocks (N9)', async () => {
  expect((await check({ ...slice, bytes: mebibyte + 1 })).code).toBe(1);
});

test('one that does not say when a write is durable (N1)', async () => {
  expect((await check({ ...slice, flags: hasFlags | fua | many })).said).toContain('(flush)');
  expect((await check({ ...slice, flags: hasFlags | flush | many })).code).toBe(0);
});

test('one that may be written where it should not, or the other way round', async () => {
  expect((await check(slice, { readOnly: true })).said).toBe('slice: slice-1 is writable\n');
  expect((await check({ ...slice, flags: hasFlags | readOnly | many })).said).toBe('slice: slice-1 is read-only\n');
  expect((await check({ ...slice, flags: hasFlags | readOnly | many }, { readOnly: true })).code).toBe(0);
});

test('one that takes one connection, where several are wanted', async () => {
  expect((await check({ ...slice, flags: hasFlags | flush | fua })).said).toContain('one connection only');
});

test('somebody who does not speak NBD', async () => {
  const said = 'slice: what answers does not speak NBD\n';
  expect(await checkWith((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian\r\n'))).toEqual({ code: 1, said });
});

test('somebody who hangs up, or whose words would act on a terminal', async () => {
  expect((await checkWith((socket) => socket.end())).said).toBe('slice: the server hung up\n');
  expect((await check(slice, {}, '\u001b[2Jgone')).said).toBe('slice: the server refuses: [2Jgone\n');
});

test('a link that stayed is dropped unless it leads to the device of this import: another may have its number by now (C3)', async () => {
  expect(await linkAfter('../nbd0', 'None')).toBe('gone');
  expect(await linkAfter('../nbd0', '1')).toBe('gone');
  expect(await linkAfter('../nbd1', '1')).toBe('../nbd1');
});

test('what was connected is written down; that its server forgot something stays written (R7)', async () => {
  const told = `
want = {'name': 'slice', 'readOnly': False, 'serving': 'slice-1/a/boot-1'}
keep(want); keep(want); print(sorted(os.listdir(RECORDS)))
keep(dict(want, serving='slice-1/a/boot-2')); keep(dict(want, serving='slice-1/a/boot-2')); print(sorted(os.listdir(RECORDS)))`;
  expect(await says(told)).toBe("['slice']\n['.slice.forgot', 'slice']");
});

test('an array lets go of a member that failed, and of no other', async () => {
  const state = (name: string) => `sys/block/nbd1/holders/${name}/md/dev-nbd1/state`;
  const told = `
for name, text in (('md126', 'in_sync'), ('md127', 'faulty,write_mostly')):
    path = '/sys/block/nbd1/holders/%s/md/dev-nbd1' % name
    os.makedirs(path)
    open(path + '/state', 'w').write(text)
drop_out(1)
print(read('/${state('md126')}'), read('/${state('md127')}'))`;
  expect(await says(told)).toBe('in_sync remove');
});

/** The function alone, with a folder of the test for `/dev/gnbd`. */
async function linkAfter(target: string, index: string): Promise<string> {
  return says(`
os.makedirs('/dev/gnbd'); os.symlink('${target}', '/dev/gnbd/slice')
link = link_of({'name': 'slice'})
drop_link({'name': 'slice'}, ${index})
print(os.readlink(link) if os.path.islink(link) else 'gone')`);
}

/** What its functions say, on a machine of files. */
async function says(told: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'holder-'));
  const text = `${readFileSync(holder, 'utf8').replace(/^main\(\)$/m, '')}${told}`;
  const moved = text.replace(/\/dev\/gnbd|\/var\/lib\/sanctl|\/sys\/block/g, (path) => `${folder}${path}`);
  writeFileSync(join(folder, 'holder.py'), moved);
  return (await run('python3', [join(folder, 'holder.py')])).stdout.trim();
}

/** What it serves, and since when nothing was lost (templates/export/check.hbs). */
const proof = '/a1b2c3d4/boot-1';

function check(served: Served, want: object = {}, refusal?: string) {
  return checkWith((socket) => serve(socket, served, refusal), want);
}

async function checkWith(answer: (socket: Socket) => void, want: object = {}) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = server.address();
  const port = typeof at === 'object' ? at?.port : undefined;
  const file = join(mkdtempSync(join(tmpdir(), 'import-')), 'import.json');
  const asked = { name: 'slice', export: 'slice-1', server: 'alpha', address: '127.0.0.1', source: '127.0.0.1', port };
  const rest = { bytes: mebibyte, readOnly: false, connections: 4, timeout: 30, tls: null };
  writeFileSync(file, JSON.stringify({ ...asked, ...rest, ...want }));
  return run('python3', [holder, 'check', file]).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  );
}

/** Fixed newstyle negotiation: the list, and the answer to NBD_OPT_GO. */
function serve(socket: Socket, { name, bytes, flags }: Served, refusal: string | undefined): void {
  let got = Buffer.alloc(0);
  socket.write(Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.from([0, 3])]));
  socket.on('data', (data) => {
    got = Buffer.concat([got, data]);
    for (let end = endOf(got); end <= got.length; end = endOf(got)) {
      socket.write(answerTo(got.readUInt32BE(4 + 8)));
      got = Buffer.concat([got.subarray(0, 4), got.subarray(end)]);
    }
  });

  function answerTo(option: number): Buffer {
    if (option === list) {
      const text = Buffer.from(`....${name}${proof}`);
      text.writeUInt32BE(text.length - 4);
      return Buffer.concat([reply(list, 2, text), reply(list, 1, Buffer.alloc(0))]);
    }
    if (refusal !== undefined) return reply(option, 0x80000006, Buffer.from(refusal));
    const info = Buffer.alloc(12);
    info.writeBigUInt64BE(BigInt(bytes), 2);
    info.writeUInt16BE(flags, 10);
    return Buffer.concat([reply(option, 3, info), reply(option, 1, Buffer.alloc(0))]);
  }
}

const list = 3;

/** Of the first option, after the four bytes of flags. */
function endOf(got: Buffer): number {
  return got.length < 4 + 16 ? Number.POSITIVE_INFINITY : 4 + 16 + got.readUInt32BE(4 + 12);
}

function reply(option: number, kind: number, body: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(0x3e889045565a9n, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(kind, 12);
  head.writeUInt32BE(body.length, 16);
  return Buffer.concat([head, body]);
}
