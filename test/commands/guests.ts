/** Simulated nodes with a VM on a mirror, as apply makes them, and what may go wrong there. */
import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../../src/step.ts';
import type { Answer } from '../sim/machine/answer.ts';
import type { Machine } from '../sim/machine/machine.ts';
import type { Run } from './run.ts';
import { Desk } from './setting.ts';

export const mirrored = `version: 1
site: home
nodes:
  alpha: { address: 10.77.0.11, ssh: { host: 127.0.0.1, port: 2201 } }
  bravo: { address: 10.77.0.12, ssh: { host: 127.0.0.1, port: 2202 } }
volumeGroups:
  vg0: { nodes: [alpha, bravo], devices: [/dev/vdb] }
volumes:
  web-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
vms:
  web:
    home: alpha
    memory: { size: 128MiB }
    boot: { kernel: /boot/vmlinuz }
    disks: [{ volume: web-root, as: xvda }]
`;

/** `web` runs at home, in sync. */
export async function running(inventory = mirrored): Promise<Guests> {
  const guests = new Guests(inventory);
  const { code, stderr } = await guests.run('apply', '--yes', '--wait-sync');
  if (code !== 0) throw new Error(stderr);
  for (const node of guests.desk.setting.nodes.values()) node.received.length = 0;
  return guests;
}

/** Two machines as they come; nothing was applied. */
export function unapplied(inventory = mirrored): Guests {
  return new Guests(inventory);
}

export async function stopped(): Promise<Guests> {
  const guests = await running();
  const { code, stderr } = await guests.run('run', 'vm-stop', '--set', 'vm=web', '--yes');
  if (code !== 0) throw new Error(stderr);
  for (const node of guests.desk.setting.nodes.values()) node.received.length = 0;
  return guests;
}

/** These nodes may lose all they have. */
const rehearsing = { SANCTL_UNPROVEN: 'lab' };

export class Guests {
  readonly desk = new Desk();

  constructor(inventory: string) {
    this.desk.write('inventory.yaml', inventory);
  }

  run(...argv: readonly string[]): Promise<Run> {
    return this.desk.run(argv, { env: rehearsing });
  }

  /** At a terminal. */
  typing(typed: string, ...argv: readonly string[]): Promise<Run> {
    return this.desk.run(argv, { typed, env: rehearsing });
  }

  node(name: string) {
    const node = this.desk.setting.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  machine(name: string): Machine {
    return this.node(name).machine;
  }

  /** Names of the domains on each node, and who is Primary. */
  get places(): string {
    return ['alpha', 'bravo']
      .map((name) => {
        const { domains, halves } = this.machine(name);
        return `${name}: ${domains.map((one) => one.name).join() || '-'} ${halves.get('web-root')?.role ?? 'down'}`;
      })
      .join('; ');
  }

  /** Does something else instead of a command, or before it: no answer means that the command goes on. */
  instead(name: string, command: string, act: () => Answer | undefined): void {
    const { around } = this.machine(name);
    const program = around.program;
    const changed: typeof program = (on, argv, stdin) => {
      const found = on.name === name && argv.join(' ').startsWith(command);
      return (found ? act() : undefined) ?? program(on, argv, stdin);
    };
    Object.assign(around, { program: changed });
  }

  /** All that the nodes were told to do, in the order in which each was told. */
  get received(): readonly Step[] {
    return [...this.desk.setting.nodes.values()].flatMap(({ received }) =>
      received.flatMap((script) => (script.do === 'batch' ? script.steps : [])),
    );
  }

  get wasTouched(): boolean {
    return [...this.desk.setting.nodes.values()].some(({ received }) =>
      received.some((script) => script.do === 'claim' || script.do === 'batch'),
    );
  }
}

/** Whether these are the same steps, in whatever order. */
export function sameSteps(some: readonly Step[], others: readonly Step[]): boolean {
  const sorted = (steps: readonly Step[]): unknown =>
    JSON.parse(JSON.stringify(steps.toSorted((a, b) => (a.id < b.id ? -1 : 1))));
  return isDeepStrictEqual(sorted(some), sorted(others));
}

export function lines({ stdout }: Run): readonly Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The codes of what was reported, but that the inventory's mirror has no secret. */
export function codes(stderr: string): readonly string[] {
  const all = [...stderr.matchAll(/\[([a-zA-Z-]+\/[a-z-]+)\]/g)].map((match) => match[1] ?? '');
  return all.filter((code) => code !== 'inventory/no-secret');
}
