/**
 * A learning Ethernet switch on loopback: each frame is one UDP datagram, as QEMU's `-netdev dgram` sends them. It can
 * cut, delay and drop what goes between any two nodes, without being root.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { addresses, isForMany } from './frame.ts';
import { Links } from './links.ts';

export interface Port {
  readonly node: string;
  readonly segment: string;
  /** Where the switch listens for this node. */
  readonly switchPort: number;
  /** Where the node listens. */
  readonly nodePort: number;
}

interface OpenPort extends Port {
  readonly socket: Socket;
}

export class Switch {
  readonly links = new Links();
  readonly #ports: OpenPort[] = [];
  /** Where a MAC was last seen, for each segment: a migrated guest's is learned anew from its first frame. */
  readonly #seen = new Map<string, OpenPort>();
  readonly #late = new Set<NodeJS.Timeout>();

  static async open(ports: readonly Port[]): Promise<Switch> {
    const made = new Switch();
    for (const port of ports) await made.#add(port);
    return made;
  }

  async #add(port: Port): Promise<void> {
    const socket = createSocket('udp4');
    socket.bind(port.switchPort, '127.0.0.1');
    await once(socket, 'listening');
    const open = { ...port, socket };
    // A node that is off refuses its datagrams (ECONNREFUSED): frames to nowhere, as on a real cable.
    socket.on('error', () => {});
    socket.on('message', (frame) => this.#forward(open, frame));
    this.#ports.push(open);
  }

  #forward(from: OpenPort, frame: Buffer): void {
    const found = addresses(frame);
    if (found === undefined) return;
    this.#seen.set(`${from.segment} ${found.source}`, from);
    const known = isForMany(found.target) ? undefined : this.#seen.get(`${from.segment} ${found.target}`);
    const targets = known === undefined ? this.#ports.filter((port) => port.segment === from.segment) : [known];
    for (const to of targets) if (to !== from) this.#pass(from, to, frame);
  }

  #pass(from: OpenPort, to: OpenPort, frame: Buffer): void {
    const verdict = this.links.judge(from.node, to.node, from.segment, Math.random());
    if (!verdict.pass) return;
    if (verdict.afterMilliseconds === 0) {
      send(to, frame);
      return;
    }
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      send(to, frame);
    }, verdict.afterMilliseconds);
    this.#late.add(timer);
  }

  /** Forgets the frames under way and where guests were: a lab that is reset must not hear from its past. */
  clear(): void {
    for (const timer of this.#late) clearTimeout(timer);
    this.#late.clear();
    this.#seen.clear();
  }

  close(): void {
    this.clear();
    for (const port of this.#ports.splice(0)) port.socket.close();
  }
}

function send(to: OpenPort, frame: Buffer): void {
  to.socket.send(frame, to.nodePort, '127.0.0.1');
}
