import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeUdpPorts } from '../../src/lab/ports.ts';
import { listen, obey, orderSwitch } from '../../src/lab/switch/control.ts';
import { Links } from '../../src/lab/switch/links.ts';
import { type Port, Switch } from '../../src/lab/switch/switch.ts';

const everyone = 'ffffffffffff';
const macs = { alpha: '525400770101', bravo: '525400770102', charlie: '525400770103' } as const;
type Name = keyof typeof macs;

/** Nodes as UDP sockets: the switch cannot tell them from QEMU. */
class Cable {
  readonly heard: string[] = [];
  readonly name: Name;
  readonly socket: Socket;
  readonly port: Port;

  private constructor(name: Name, socket: Socket, port: Port) {
    this.name = name;
    this.socket = socket;
    this.port = port;
    socket.on('message', (frame) => this.heard.push(frame.toString('latin1', 14)));
  }

  static async plug(name: Name, switchPort: number): Promise<Cable> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Cable(name, socket, { node: name, segment: 'data', switchPort, nodePort: socket.address().port });
  }

  send(target: string, text: string): void {
    const head = Buffer.from(`${target}${macs[this.name]}0800`, 'hex');
    this.socket.send(Buffer.concat([head, Buffer.from(text)]), this.port.switchPort, '127.0.0.1');
  }

  async next(text: string): Promise<void> {
    while (!this.heard.includes(text)) await once(this.socket, 'message');
  }
}

let cables: Record<Name, Cable>;
let opened: Switch;

beforeEach(async () => {
  const [a = 0, b = 0, c = 0] = await freeUdpPorts(3);
  cables = {
    alpha: await Cable.plug('alpha', a),
    bravo: await Cable.plug('bravo', b),
    charlie: await Cable.plug('charlie', c),
  };
  opened = await Switch.open(Object.values(cables).map((cable) => cable.port));
});

afterEach(() => {
  opened.close();
  for (const cable of Object.values(cables)) cable.socket.close();
});

/** Frames arrive in order on loopback: once this one is there, whatever was to come before it has come. */
async function settle(from: Name, to: Name, mark: string): Promise<void> {
  cables[from].send(everyone, mark);
  await cables[to].next(mark);
}

describe('the switch', () => {
  it('floods a broadcast, not back to its sender', async () => {
    cables.alpha.send(everyone, 'hello');
    await Promise.all([cables.bravo.next('hello'), cables.charlie.next('hello')]);
    expect(cables.alpha.heard).toEqual([]);
  });

  it('sends a frame for a known address to that node alone', async () => {
    await settle('bravo', 'alpha', 'i am bravo');
    cables.alpha.send(macs.bravo, 'for bravo');
    await cables.bravo.next('for bravo');
    await settle('alpha', 'charlie', 'mark');
    expect(cables.charlie.heard).not.toContain('for bravo');
  });

  it('learns anew where an address is, as after a migration', async () => {
    const guest = '00163e000050';
    const announce = (from: Name, text: string) => {
      const head = Buffer.from(`${everyone}${guest}0806`, 'hex');
      cables[from].socket.send(Buffer.concat([head, Buffer.from(text)]), cables[from].port.switchPort, '127.0.0.1');
    };
    announce('alpha', 'here');
    await cables.charlie.next('here');
    announce('bravo', 'now here');
    await cables.charlie.next('now here');
    cables.charlie.send(guest, 'to the guest');
    await cables.bravo.next('to the guest');
  });

  it('passes nothing over a cut link, and all again when it is healed', async () => {
    obey(opened, { order: 'set', a: 'alpha', b: 'bravo', change: { cut: true } });
    cables.alpha.send(everyone, 'one');
    await cables.charlie.next('one');
    cables.bravo.send(everyone, 'two');
    await cables.charlie.next('two');
    await settle('charlie', 'alpha', 'mark a');
    await settle('charlie', 'bravo', 'mark b');
    expect(cables.bravo.heard).not.toContain('one');
    expect(cables.alpha.heard).not.toContain('two');
    obey(opened, { order: 'heal' });
    cables.alpha.send(everyone, 'three');
    await cables.bravo.next('three');
  });

  it('delays, in order, and forgets what is under way when it is cleared', async () => {
    obey(opened, { order: 'set', a: 'alpha', b: 'bravo', change: { delayMilliseconds: 30 } });
    cables.alpha.send(everyone, 'one');
    cables.alpha.send(everyone, 'two');
    await cables.charlie.next('two');
    await cables.bravo.next('two');
    expect(cables.bravo.heard).toEqual(['one', 'two']);
    obey(opened, { order: 'set', a: 'alpha', b: 'bravo', change: { delayMilliseconds: 3_600_000 } });
    cables.alpha.send(everyone, 'late');
    await cables.charlie.next('late');
    obey(opened, { order: 'clear' });
    await settle('alpha', 'bravo', 'after');
    expect(cables.bravo.heard).not.toContain('late');
  });

  it('drops all at 100 percent', async () => {
    obey(opened, { order: 'set', a: 'alpha', b: 'bravo', change: { dropPercent: 100 } });
    cables.alpha.send(everyone, 'gone');
    await cables.charlie.next('gone');
    await settle('charlie', 'bravo', 'mark');
    expect(cables.bravo.heard).not.toContain('gone');
  });

  it('takes orders over its socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switch-'));
    const path = join(folder, 's');
    const server = await listen(opened, path);
    const answer = await orderSwitch(path, { order: 'set', a: 'bravo', b: 'alpha', change: { cut: true } }, 10);
    expect(answer.links).toEqual([{ a: 'alpha', b: 'bravo', cut: true, delayMilliseconds: 0, dropPercent: 0 }]);
    expect(await orderSwitch(path, { order: 'heal', pair: ['alpha', 'bravo'] }, 10)).toEqual({ links: [] });
    server.close();
    await rm(folder, { recursive: true });
  });
});

describe('links', () => {
  it('drop by chance: below the percentage is lost', () => {
    const links = new Links();
    links.set('a', 'b', undefined, { dropPercent: 25 });
    expect(links.judge('b', 'a', 'data', 0.24)).toEqual({ pass: false });
    expect(links.judge('b', 'a', 'data', 0.25)).toEqual({ pass: true, afterMilliseconds: 0 });
  });

  it('can be cut on one segment alone, and a pair heals on all', () => {
    const links = new Links();
    links.set('a', 'b', 'second', { cut: true });
    expect(links.judge('a', 'b', 'data', 0)).toEqual({ pass: true, afterMilliseconds: 0 });
    expect(links.judge('a', 'b', 'second', 0)).toEqual({ pass: false });
    links.set('a', 'bc', undefined, { cut: true });
    links.heal(['b', 'a']);
    expect(links.list().map((link) => link.b)).toEqual(['bc']);
  });

  it('changes one thing and keeps the others', () => {
    const links = new Links();
    links.set('a', 'b', undefined, { delayMilliseconds: 5 });
    links.set('a', 'b', undefined, { cut: true });
    links.set('a', 'b', undefined, { cut: false });
    expect(links.judge('a', 'b', 'data', 0)).toEqual({ pass: true, afterMilliseconds: 5 });
  });
});
