/** After the boot of a node: mirrors come up and copy what they missed, all is held against the inventory, then what left comes home. */
import { realClock } from '../apply/clock.ts';
import { type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import { moveReads } from '../kinds/domain/move/asks.ts';
import { type Failback, failbackAsks } from '../kinds/domain/move/failback.ts';
import type { Node } from '../kinds/site.ts';
import { together } from '../playbook/together.ts';
import { formatSeconds } from '../quantity.ts';
import { failbackJson, failbackText, syncText } from '../view/failback.ts';
import { settlingJson } from '../view/rebooting.ts';
import type { Seen } from './looking.ts';
import { playOver } from './playing.ts';
import { mannerOf, moveOf, questionOf, type Rolling, remember } from './rolling.ts';
import { stageOf } from './stage.ts';
import { settling } from './turn.ts';
import { interrupted } from './waiting.ts';

/** Seconds between two looks. */
const everySeconds = 10;
/** Seconds for which a resync is waited for, as `failback` does. */
const copySeconds = 24 * 60 * 60;
/** What a boot leaves is done once; what is then still to be done is something else. */
const mostRuns = 3;

/** `still`: the VMs that ran nowhere before; undefined where nobody has looked. */
export async function settle(
  rolling: Rolling,
  node: Node,
  left: readonly string[],
  still: ReadonlySet<string> | undefined,
): Promise<ExitCode> {
  const settled = await untilWhole(rolling, node, left, still);
  if (!('seen' in settled)) return settled.exit;
  try {
    return settled.found.moves.length === 0
      ? exitCode.done
      : await comeHome(rolling, node, settled.found, settled.seen);
  } finally {
    settled.seen.line.close();
  }
}

type Settled = { readonly seen: Seen; readonly found: Failback } | { readonly exit: ExitCode };

async function untilWhole(
  rolling: Rolling,
  { name }: Node,
  left: readonly string[],
  still: ReadonlySet<string> | undefined,
): Promise<Settled> {
  const { session, wide, wish } = rolling;
  const { screen } = wide;
  const clock = session.io.clock ?? realClock;
  const began = clock.now();
  for (let [runs, told] = [0, '']; ; ) {
    const seen = await wide.look();
    const now = seen && wide.decide(seen, (input) => ok(settling(name, left, still, input)));
    if (seen === undefined || now === undefined) {
      seen?.line.close();
      return { exit: exitCode.failed };
    }
    if (now.is === 'whole' && now.found.syncs.length === 0) return { seen, found: now.found };
    if (now.is === 'steps' && runs < mostRuns) {
      runs += 1;
      const exit = await bringUp(rolling, now.plan, seen);
      if (exit !== exitCode.done) return { exit };
      continue;
    }
    seen.line.close();
    if (now.is === 'stopped') {
      screen.report(now.problems);
      return { exit: exitCode.failed };
    }
    const copies = now.is === 'whole' || (now.is === 'waits' && now.copies);
    const why =
      now.is === 'whole'
        ? now.found.syncs.map(syncText).join('; ')
        : now.is === 'waits'
          ? now.why
          : 'apply has more to do';
    const timeout = copies ? copySeconds : wish.timeoutSeconds;
    const remains = began + timeout - clock.now();
    if (remains <= 0) {
      screen.report(now.is === 'waits' ? now.problems : []);
      screen.report([notWholeYet(name, why, timeout)]);
      return { exit: exitCode.failed };
    }
    const text = `${name} is not whole yet: ${why}`;
    if (wish.json === true) screen.json(settlingJson(name, why, remains));
    else if (!screen.live && text !== told) screen.print(`${text}\n`);
    told = text;
    const waiting = `${text}; at most ${formatSeconds(remains)} more`;
    if (await interrupted(session, everySeconds, screen.meanwhile, waiting)) return { exit: exitCode.interrupted };
  }
}

/** As an apply would: mirrors that nobody brings up at boot. */
async function bringUp(rolling: Rolling, plan: Parameters<Rolling['wide']['run']>[0], seen: Seen): Promise<ExitCode> {
  const { wide } = rolling;
  try {
    wide.show(plan, 'steps');
    const ran = await wide.run(plan, seen.line, questionOf(rolling));
    remember(rolling, ran);
    return ran.exit;
  } finally {
    seen.line.close();
  }
}

async function comeHome(rolling: Rolling, { name }: Node, found: Failback, seen: Seen): Promise<ExitCode> {
  const { session, inventory, wide } = rolling;
  const { site } = inventory;
  const vms = found.moves.map(({ load: { vm } }) => vm);
  const nodes = Object.keys(site.nodes);
  const base = { name: 'reboot', require: [], steps: [], verify: [], verifyAsks: new Map(), nodes };
  const look = { ...base, reads: moveReads, asks: failbackAsks(vms, site) };
  const bound = together(
    look,
    vms.map((vm) => [moveOf(rolling, vm, name)]),
  );
  const stage = stageOf(session, mannerOf(rolling), inventory, bound);
  if (rolling.wish.json === true) wide.screen.json(failbackJson(found));
  else wide.screen.print(failbackText(found, wide.screen.page));
  const ran = await playOver(stage, seen);
  remember(rolling, ran);
  return ran.exit;
}

function notWholeYet(node: string, why: string, seconds: number) {
  const detail = `After ${formatSeconds(seconds)}: ${why}.`;
  return error(
    'reboot/not-whole',
    'A node that has booted is not whole',
    `${node}: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`,
    {
      help: '`sanctl status` shows it. Once it is put right, the same command goes on, and does not reboot it again.',
    },
  );
}
