/** A sample of the seeds over real SSH and the real shell: the same plans, the same events, the same machines at the end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../src/apply/clock.ts';
import type { ApplyOutcome } from '../../src/apply/events.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { render } from '../../src/shell/render.ts';
import type { Transport } from '../../src/transport/connection.ts';
import { transportOver } from '../../src/transport/reach.ts';
import { secretsOf } from '../../src/transport/secrets.ts';
import { shakeHands } from '../../src/transport/ssh.ts';
import { type Server, startServer } from '../transport/support/server.ts';
import { know, makePlace, nodeAt, type Place } from '../transport/support/site.ts';
import { asWished } from './invariants.ts';
import { randomSite } from './inventories.ts';
import { random } from './random.ts';
import { RealShell } from './real-shell.ts';
import { type Ran, run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.remove());

/** Machines of a seed under the real shell, each behind an SSH server of its own. */
class Behind {
  readonly setting: Setting;
  readonly shells = new Map<string, RealShell>();
  readonly #servers = new Map<string, Server>();

  constructor(setting: Setting) {
    this.setting = setting;
  }

  async start(): Promise<void> {
    for (const [name, { machine }] of this.setting.nodes) {
      const shell = new RealShell(machine, (seconds) => this.setting.clock.advance(seconds));
      await shell.start();
      const server = await startServer();
      know(place, `[127.0.0.1]:${server.port}`, server.key);
      this.shells.set(name, shell);
      this.#servers.set(name, server);
    }
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.values()) await server.close();
    for (const shell of this.shells.values()) await shell.stop();
  }

  /** The inventory, with the nodes where these servers listen. */
  site(site: Site): Site {
    const nodes = Object.entries(site.nodes).map(([name, node]) => [
      name,
      { ...node, ssh: nodeAt(place, this.#servers.get(name)?.port ?? 0).ssh },
    ]);
    return { ...site, nodes: Object.fromEntries(nodes) };
  }

  /** One transport for each node, because each shell has a folder of its own. */
  get transport(): Transport {
    const { secretOf } = this.setting;
    process.env['SANCTL_SIMULATED_SECRET'] = secretOf({ secret: 'replication' });
    const ofNode = new Map(
      [...this.shells].map(([name, shell]) => [
        name,
        transportOver(shakeHands, (script) => render(shell.moved(script), secretOf, shell.layout), {
          acceptNewHostKeys: false,
          secrets: secretsOf({ replication: { env: 'SANCTL_SIMULATED_SECRET' } }),
        }),
      ]),
    );
    return {
      connect: (node) => {
        const own = ofNode.get(node.name);
        if (own === undefined) throw new Error(`there is no machine ${node.name}`);
        return own.connect(node);
      },
    };
  }
}

function sanctlOf(setting: Setting, over: Pick<Sanctl, 'transport' | 'clock'>): Sanctl {
  return { kinds, random: setting.random, secretOf: setting.secretOf, owner: 'one', ...over };
}

/** What a run did, without what differs by chance. */
function told(ran: Ran | undefined): unknown {
  if (ran?.is !== 'applied')
    return ran === undefined ? undefined : { is: ran.is, codes: 'codes' in ran ? ran.codes : [] };
  const steps = [...(ran.outcome.steps as ApplyOutcome['steps'])].map(([id, outcome]) => [id, outcome.is]).sort();
  return { is: ran.is, exit: ran.outcome.exit, steps };
}

describe('over real SSH and the real shell', () => {
  for (const seed of [3, 8]) {
    test(`seed ${seed} goes as it goes in memory`, { timeout: 240_000 }, async () => {
      const memory = new Setting(random(seed));
      const site = randomSite(random(seed));
      const inMemory: unknown[] = [];
      for (const _time of [1, 2])
        inMemory.push(
          told(
            await memory.until(run(sanctlOf(memory, { transport: memory.transport, clock: memory.clock }), { site })),
          ),
        );

      const behind = new Behind(new Setting(random(seed)));
      await behind.start();
      try {
        const sanctl = sanctlOf(behind.setting, { transport: behind.transport, clock: realClock });
        const overSsh: unknown[] = [];
        for (const _time of [1, 2]) overSsh.push(told(await run(sanctl, { site: behind.site(site) })));
        expect([...behind.shells.values()].flatMap(({ problems }) => problems)).toEqual([]);
        expect(overSsh).toEqual(inMemory);
        expect(asWished(behind.setting.room, site, new Set(kinds.map(({ name }) => name)))).toEqual([]);
      } finally {
        await behind.stop();
      }
    });
  }
});
