/** Metric 3: a hundred small commands over a connection that is open already, and one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { apply } from '../../src/apply/run.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { command, run } from '../../src/shell/command.ts';
import { type Layout, nodeLayout } from '../../src/shell/layout.ts';
import { commandLine } from '../../src/shell/quote.ts';
import { render } from '../../src/shell/render.ts';
import type { Holder } from '../../src/shell/script.ts';
import type { Step } from '../../src/step.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { transportOver } from '../../src/transport/reach.ts';
import { secretsOf } from '../../src/transport/secrets.ts';
import { shakeHands } from '../../src/transport/ssh.ts';
import { type Arm, abba, type Ratio } from '../abba.ts';
import { type Context, type Finding, type Hold, type Metric, notRun } from '../metric.ts';
import { siteOf } from '../rig/looking.ts';
import { rawConnect, rawExec } from '../rig/raw.ts';
import { noSshd, type SshdRig, startSshd } from '../rig/sshd.ts';

const count = 100;
const node = 'n1';

export const smallCommands: Metric = {
  number: 3,
  title: '100 small commands, warm',
  async measure(context) {
    const missing = noSshd();
    if (missing !== undefined) return [notRun('small commands', missing)];
    const rig = await startSshd(1);
    try {
      return await compare(rig, context);
    } finally {
      rig.close();
    }
  },
};

async function compare(rig: SshdRig, { blocks, say }: Context): Promise<readonly Finding[]> {
  const [port = 0] = rig.ports;
  mkdirSync(join(rig.folder, 'touched'));
  const steps = Array.from({ length: count }, (_, at) => touch(rig, at));
  const connection = await warm(rig);
  const raw = await rawConnect(rig, port);
  const slow = await rawConnect(rig, port, { nagle: true });
  const script: Arm = async () => void (await rawExec(raw, byHand(steps)));
  const figure = (what: string, { seconds, ...ratio }: Ratio, hold?: Hold): Finding => {
    say(`${what}: ${seconds.a.toFixed(4)} s, ${seconds.b.toFixed(4)} s`);
    return { what, ...ratio, ...(hold === undefined ? {} : { hold }) };
  };
  try {
    return [
      figure(
        'apply, locks included / one script in one exec',
        await abba(whole(rig, connection, steps), script, blocks),
        {
          most: 1.25,
        },
      ),
      figure('one exec / one exec of ssh2 with Nagle', await abba(single(connection), nagle(slow), blocks), {
        most: 0.25,
      }),
    ];
  } finally {
    connection.close();
    raw.end();
    slow.end();
  }
}

function touch(rig: SshdRig, at: number): Step {
  const file = join(rig.folder, 'touched', String(at));
  return {
    id: `file/${at}@${node}#touch`,
    node,
    title: `touch ${file}`,
    needs: [],
    danger: 'none',
    guards: [],
    actions: [run('touch', file)],
  };
}

function byHand(steps: readonly Step[]): string {
  const actions = steps.flatMap((step) => step.actions);
  return `set -e; ${actions.map((action) => (action.do === 'run' ? commandLine(action.command.argv) : '')).join('; ')}`;
}

/** All loopback nodes are one machine: lock and journal stand in the rig's folder, not where a real node has them. */
async function warm(rig: SshdRig): Promise<Connection> {
  const layout: Layout = { ...nodeLayout, run: join(rig.folder, 'run'), state: join(rig.folder, 'state') };
  const options = { secrets: secretsOf({}), acceptNewHostKeys: false };
  const transport = transportOver(shakeHands, (script, secretOf) => render(script, secretOf, layout), options);
  const target = siteOf(rig, rig.ports).nodes[node];
  const opened = target === undefined ? undefined : await transport.connect(target);
  if (opened?.ok !== true) throw new Error(`no connection: ${JSON.stringify(opened?.diagnostics)}`);
  return opened.value;
}

let operations = 0;

function newHolder(): Holder {
  const operation = `bench-${process.pid}-${++operations}`;
  return {
    operation,
    nonce: operation,
    owner: 'bench',
    host: 'bench',
    pid: process.pid,
    leaseSeconds: 60,
    title: 'bench',
  };
}

/** Controller's lock, claim, batch, release: what a plan of a hundred steps costs once it is agreed to. */
function whole(rig: SshdRig, connection: Connection, steps: readonly Step[]): Arm {
  const plan: Plan = {
    version: 1,
    site: siteOf(rig, rig.ports),
    inventory: '',
    facts: {},
    things: steps.length,
    steps,
    undeclared: [],
    diagnostics: [],
    offline: false,
    options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false },
  };
  return async () => {
    const outcome = await apply(
      plan,
      new Map([[node, connection]]),
      {
        holder: newHolder(),
        connect: () => Promise.reject(new Error('the line was lost')),
        observe: () => ({ do: 'observe', probes: [], boundary: 'bench' }),
        unchanged: () => true,
        patienceSeconds: 30,
        locksFolder: join(rig.folder, 'locks'),
      },
      () => undefined,
    );
    if (outcome.exit !== 0) throw new Error(`apply: ${outcome.exit} ${JSON.stringify(outcome.diagnostics)}`);
    return undefined;
  };
}

/** One after another: a single one is too short to time. */
const repeats = 10;

function single(connection: Connection): Arm {
  const script = {
    do: 'observe',
    probes: [{ name: 'host.true', command: command('true') }],
    boundary: 'bench',
  } as const;
  return async () => {
    for (let turn = 0; turn < repeats; turn++) {
      const reply = await connection.run(script, { deadlineSeconds: 60 });
      if (reply.outcome !== 'exited' || reply.code !== 0) throw new Error(`exec: ${JSON.stringify(reply)}`);
    }
    return undefined;
  };
}

function nagle(client: Awaited<ReturnType<typeof rawConnect>>): Arm {
  return async () => {
    for (let turn = 0; turn < repeats; turn++) await rawExec(client, 'true');
    return undefined;
  };
}
