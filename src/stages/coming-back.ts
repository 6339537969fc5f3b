/** The wait for a node that boots: a line with the same verified host key, and another boot id. */
import { realClock } from '../apply/clock.ts';
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import { type Boot, bootOf, bootProbes } from '../kinds/host/reboot.ts';
import { kindsNamed } from '../kinds/registry.ts';
import type { Node, Site } from '../kinds/site.ts';
import { observe } from '../observe/observe.ts';
import { worldOf } from '../plan/make.ts';
import { formatSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import { bootJson, bootText } from '../view/rebooting.ts';
import { type Reach, reachOf } from './line.ts';
import { interrupted } from './waiting.ts';

/** Seconds between two tries. */
const everySeconds = 5;

export interface Awaited {
  readonly node: Node;
  readonly site: Site;
  /** Its boot id before. */
  readonly before: string;
  readonly timeoutSeconds: number;
  readonly json: boolean;
}

export async function comingBack(session: Session, awaited: Awaited): Promise<ExitCode> {
  const { node, site, before, timeoutSeconds, json } = awaited;
  const screen = session.screen({ json });
  const clock = session.io.clock ?? realClock;
  // A key that nobody knew before is none that it had before.
  const reach = reachOf(session, site);
  const until = clock.now() + timeoutSeconds;
  const leave = (problem: Diagnostic): ExitCode => {
    screen.report([problem]);
    return exitCode.failed;
  };
  for (let told = ''; ; ) {
    const now = await screen.meanwhile(`waiting for ${node.name}`, lookAt(node, site, before, reach));
    if (now.is === 'up') {
      if (json) screen.json(bootJson(node.name, now, 0));
      else screen.print(`${node.name} has booted.\n`);
      return exitCode.done;
    }
    if (now.is === 'stranger') return leave(now.problem);
    if (now.is === 'same' && now.why !== '') return leave(refused(node, now.why));
    const left = until - clock.now();
    if (left <= 0)
      return leave(now.is === 'same' ? notBooted(node, timeoutSeconds) : notBack(node, now, timeoutSeconds));
    const text = `${node.name} ${bootText(now)}`;
    if (json) screen.json(bootJson(node.name, now, left));
    else if (!screen.live && text !== told) screen.print(`${text}; waiting, at most ${formatSeconds(left)} more\n`);
    told = text;
    if (await interrupted(session, everySeconds, screen.meanwhile, `${text}; at most ${formatSeconds(left)} more`))
      return exitCode.interrupted;
  }
}

type Now = Boot | { readonly is: 'stranger'; readonly problem: Diagnostic };

/** Whoever answers with another key is not the node, however long one waits (T4). */
const strange = new Set([
  'ssh/changed-key',
  'ssh/unknown-host',
  'ssh/revoked-key',
  'ssh/certificate-authority',
  'ssh/host-key-type',
]);

async function lookAt(node: Node, site: Site, before: string, reach: Reach): Promise<Now> {
  const connected = await reach.transport.connect(node);
  if (!connected.ok) {
    const problem = connected.diagnostics.find(({ code }) => strange.has(code));
    if (problem !== undefined)
      return { is: 'stranger', problem: { ...problem, detail: `${node.name}: ${problem.detail}` } };
    return { is: 'silent', why: connected.diagnostics.map(({ detail }) => detail).join('; ') };
  }
  try {
    const kinds = kindsNamed(['host']);
    const connections = new Map([[node.name, connected.value]]);
    const seen = await observe(kinds, site, connections, new Map([[node.name, bootProbes]]));
    if (!seen.ok) return { is: 'silent', why: 'it did not answer a question' };
    const options = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };
    const { facts, answers } = seen.value;
    const nothing = { render: () => [], digest: () => undefined };
    return bootOf(
      node.name,
      before,
      worldOf({ kinds, site, facts, answers, options, offline: false, ...nothing }, site),
    );
  } finally {
    connected.value.close();
  }
}

function refused({ name }: Node, why: string): Diagnostic {
  return error('reboot/refused', 'A node has looked once more, and does not boot', `${name}: ${why}.`, {
    help: 'Something has changed there since the plan was made. The same command looks again, and goes on.',
  });
}

function notBooted({ name }: Node, seconds: number): Diagnostic {
  const detail = `After ${formatSeconds(seconds)} ${name} still runs with the boot id that it had.`;
  return error('reboot/not-booted', 'A node has not gone down', detail, {
    help: `\`journalctl -u sanctl-reboot\` and \`systemctl list-jobs\` there show what holds it up. The same command looks again, and goes on.`,
  });
}

function notBack({ name }: Node, now: Boot, seconds: number): Diagnostic {
  const why = 'why' in now ? ` ${now.why}` : '';
  const detail = `After ${formatSeconds(seconds)} ${name} ${bootText(now)}.${why}`;
  return error('reboot/not-back', 'A node has not come back', detail, {
    help: 'Look at its console. No other node goes down meanwhile, and its VMs run elsewhere. Once it answers, the same command goes on, and does not reboot it again.',
  });
}
