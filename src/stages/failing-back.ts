/** The way home: look, wait for syncs that run, then the playbook `migrate` for each VM as one. */
import { realClock } from '../apply/clock.ts';
import { type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import type { Inventory } from '../inventory/index.ts';
import { moveReads } from '../kinds/domain/move/asks.ts';
import { type Failback, failback, failbackAsks, homing, type Sync } from '../kinds/domain/move/failback.ts';
import type { Site } from '../kinds/site.ts';
import { worldOf } from '../plan/make.ts';
import { type Bound, bind } from '../playbook/bind.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { together } from '../playbook/together.ts';
import { formatSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { NodeName } from '../step.ts';
import { failbackJson, failbackText, syncJson, syncsText, syncText } from '../view/failback.ts';
import { noSuchNode } from './line.ts';
import type { Seen } from './looking.ts';
import { firstLook, playOver } from './playing.ts';
import { loadSite } from './site.ts';
import { readAsNamed, type Stage, stageOf } from './stage.ts';
import { interrupted } from './waiting.ts';

/** Seconds between two looks at a sync. */
const everySeconds = 10;

export interface FailbackOptions {
  readonly timeout: string;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

interface Wish extends FailbackOptions {
  readonly timeoutSeconds: number;
}

export async function failBack(
  session: Session,
  name: string | undefined,
  path: string | undefined,
  wish: Wish,
): Promise<ExitCode> {
  const screen = session.screen(wish);
  const loaded = await loadSite(session, path);
  const migrate = await readAsNamed('migrate');
  screen.report([...loaded.diagnostics, ...migrate.diagnostics]);
  if (!loaded.ok || !migrate.ok) return exitCode.usage;
  const { site } = loaded.value;
  if (name !== undefined && !Object.hasOwn(site.nodes, name)) {
    screen.report([noSuchNode(name, site)]);
    return exitCode.usage;
  }
  const stage = stageFor(session, name, loaded.value, wish);
  const settled = await inSync(stage, name, wish);
  if (!('seen' in settled)) return settled.exit;
  const { seen, found } = settled;
  try {
    if (found.moves.length > 0) return (await playOver(playing(stage, found, migrate.value, site), seen)).exit;
    if (wish.json === true) screen.json(failbackJson(found));
    else screen.print(`Nothing to do: ${name === undefined ? 'no VM is' : `no VM of ${name} is`} away from home.\n`);
    return exitCode.done;
  } finally {
    seen.line.close();
  }
}

type Settled = { readonly seen: Seen; readonly found: Failback } | { readonly exit: ExitCode };

/** A look after which nothing has to be waited for. Nobody is held up meanwhile: no lock is taken before. */
async function inSync(stage: Stage, name: NodeName | undefined, wish: Wish): Promise<Settled> {
  const { screen, session } = stage;
  const clock = session.io.clock ?? realClock;
  const until = clock.now() + wish.timeoutSeconds;
  for (let first = true; ; first = false) {
    const seen = await (first ? firstLook(stage) : stage.look());
    if (seen === undefined) return { exit: exitCode.refused };
    const found = stage.decide(seen, (input) => ok(failback(homing(name, input.site), worldOf(input, input.site))));
    screen.report(found?.problems ?? []);
    const refused = found === undefined || found.problems.length > 0;
    if (!refused && found.syncs.length === 0) return { seen, found };
    seen.line.close();
    if (refused) return { exit: exitCode.refused };
    const left = until - clock.now();
    if (wish.dryRun === true) {
      screen.print(syncsText(found.syncs, screen.page));
      return { exit: exitCode.done };
    }
    if (left <= 0) {
      screen.report([notInSync(found.syncs, wish.timeoutSeconds)]);
      return { exit: exitCode.refused };
    }
    if (wish.json === true) for (const sync of found.syncs) screen.json(syncJson(sync, left));
    else if (!screen.live) for (const sync of found.syncs) screen.print(`${syncText(sync)}\n`);
    const waiting = `${found.syncs.map(syncText).join('; ')}; at most ${formatSeconds(left)} more`;
    if (await interrupted(session, everySeconds, screen.meanwhile, waiting)) return { exit: exitCode.interrupted };
  }
}

function notInSync(syncs: readonly Sync[], seconds: number) {
  const detail = `After ${formatSeconds(seconds)}: ${syncs.map(syncText).join('; ')}. Nothing was touched.`;
  return error('failback/not-in-sync', 'A mirror is still not in sync', detail, {
    help: 'The sync goes on by itself; `sanctl status` shows it. Run this again later, or with a longer `--timeout`.',
  });
}

function stageFor(session: Session, node: NodeName | undefined, inventory: Inventory, wish: Wish): Stage {
  const { site } = inventory;
  const look: Bound = {
    name: 'failback',
    require: [],
    steps: [],
    verify: [],
    verifyAsks: new Map(),
    reads: moveReads,
    nodes: Object.keys(site.nodes),
    asks: failbackAsks(homing(node, site), site),
  };
  const command = session.named(`sanctl failback${node === undefined ? '' : ` ${quote(node)}`}`);
  return stageOf(session, { ...wish, command }, inventory, look);
}

function playing(stage: Stage, found: Failback, migrate: Playbook, site: Site): Stage {
  const { screen, wish } = stage;
  const bounds = found.moves.map(({ load: { vm } }) => {
    const bound = bind(migrate, [`vm=${vm.name}`, `to=${vm.home}`], site);
    if (!bound.ok) throw new Error(`migrate does not take ${vm.name} and ${vm.home}`);
    return [bound.value];
  });
  return {
    ...stage,
    bound: together(stage.bound, bounds),
    show(plan, phase) {
      stage.show(plan, phase);
      if (phase !== 'steps') return;
      if (wish.json === true) screen.json(failbackJson(found));
      else screen.print(failbackText(found, screen.page));
    },
  };
}
