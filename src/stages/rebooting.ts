/**
 * A rolling reboot: for one node after the other, what runs there leaves, the node boots, is seen to be whole again, and gets back
 * what left. Each of these rests on a look that the one before has changed, so each is a plan of its own (docs/decisions/0023).
 */
import { type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import { calmAsks } from '../kinds/cluster/shutdown.ts';
import { moveReads } from '../kinds/domain/move/asks.ts';
import { evacuationAsks } from '../kinds/domain/move/evacuable.ts';
import { standings } from '../kinds/domain/move/evacuate.ts';
import { failbackAsks, homing } from '../kinds/domain/move/failback.ts';
import { bootOnceEmpty } from '../kinds/host/reboot.ts';
import { beginTurn, endRound, nameAfter, notesProbe } from '../kinds/host/round.ts';
import type { Node, Site } from '../kinds/site.ts';
import type { Asks, Verb } from '../kinds/verb.ts';
import { worldOf } from '../plan/make.ts';
import { type Bound, type BoundAct, bind } from '../playbook/bind.ts';
import { compile } from '../playbook/compile.ts';
import { together } from '../playbook/together.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { NodeName } from '../step.ts';
import { standingText } from '../view/evacuation.ts';
import {
  homeOf,
  type Outlook,
  outlookJson,
  outlookText,
  overText,
  rebootQuestion,
  type Turn,
} from '../view/rebooting.ts';
import { list } from '../view/wrap.ts';
import { comingBack } from './coming-back.ts';
import { noSuchNode } from './line.ts';
import type { Seen } from './looking.ts';
import { firstLook, playOver } from './playing.ts';
import { mannerOf, moveOf, questionOf, type Rolling, remember, type Wish } from './rolling.ts';
import { settle } from './settling.ts';
import { loadSite } from './site.ts';
import { readAsNamed, stageOf } from './stage.ts';
import { mayLeave, outlook, standingStill } from './turn.ts';

export async function reboot(session: Session, names: readonly NodeName[], wish: Wish): Promise<ExitCode> {
  const screen = session.screen(wish);
  const loaded = await loadSite(session, undefined);
  const [migrate, playbook] = await Promise.all(['migrate', 'rolling-reboot'].map(readAsNamed));
  screen.report([...loaded.diagnostics, ...(migrate?.diagnostics ?? []), ...(playbook?.diagnostics ?? [])]);
  if (!loaded.ok || migrate?.ok !== true || playbook?.ok !== true) return exitCode.usage;
  const { site } = loaded.value;
  const strange = names.filter((name) => !Object.hasOwn(site.nodes, name));
  screen.report(strange.map((name) => noSuchNode(name, site)));
  if (strange.length > 0) return exitCode.usage;
  const chosen = Object.keys(site.nodes).filter((name) => names.length === 0 || names.includes(name));
  const command = session.named(['sanctl reboot', ...names.map(quote)].join(' '));
  const manner = { ...wish, command };
  const wide = stageOf(session, manner, loaded.value, wideLook(chosen, site));
  const seen = await firstLook(wide);
  if (seen === undefined) return exitCode.refused;
  const found = wide.decide(seen, (input) => outlook(chosen, wish.anew === true, input));
  if (found === undefined || wish.dryRun === true) {
    seen.line.close();
    if (found === undefined) return exitCode.refused;
  }
  if (wish.json === true) screen.json(outlookJson(found));
  else screen.print(outlookText(found, screen.page));
  const rolling: Rolling = {
    session,
    inventory: loaded.value,
    wish: manner,
    migrate: migrate.value,
    playbook: playbook.value,
    wide,
    round: found.began ?? nameAfter(found.last, `${new Date().toISOString().slice(0, 19)}Z`),
    question: rebootQuestion(found),
    soFar: { agreed: wish.yes === true, touched: false },
  };
  if (wish.dryRun === true) return preview(rolling, found, seen);
  return inTurn(rolling, found, seen);
}

function wideLook(nodes: readonly NodeName[], site: Site): Bound {
  const vms = nodes.flatMap((node) => homing(node, site));
  const notes: Asks = new Map(Object.keys(site.nodes).map((node) => [node, [notesProbe]]));
  const asks = merged([
    ...nodes.map((node) => evacuationAsks(node, site)),
    failbackAsks(vms, site),
    calmAsks(site),
    notes,
  ]);
  return { ...noPlaybook(site), asks };
}

function noPlaybook(site: Site): Bound {
  const nodes = Object.keys(site.nodes);
  return { name: 'reboot', require: [], steps: [], verify: [], verifyAsks: new Map(), nodes, asks: new Map() };
}

function merged(all: readonly Asks[]): Asks {
  const nodes = new Set(all.flatMap((asks) => [...asks.keys()]));
  return new Map([...nodes].map((node) => [node, all.flatMap((asks) => asks.get(node) ?? [])]));
}

/** The commands of the first turn, up to its boot; the later ones are the same with other names. */
function preview(rolling: Rolling, { turns }: Outlook, seen: Seen): ExitCode {
  const [turn] = turns.filter(({ is }) => is !== 'booted');
  if (turn === undefined || turn.leaving === undefined) return exitCode.done;
  const left = leavingOf(rolling, turn);
  const boot = act('host.boot', bootOnceEmpty, { node: nodeOf(rolling, turn.node) });
  const bound = { ...left, steps: [...left.steps, boot] };
  const compiled = rolling.wide.decide(seen, (input) => compile(bound, input));
  if (compiled === undefined) return exitCode.refused;
  rolling.wide.show(compiled.plan, 'steps');
  return exitCode.done;
}

async function inTurn(rolling: Rolling, { turns }: Outlook, first: Seen): Promise<ExitCode> {
  const done: NodeName[] = [];
  for (const turn of turns) {
    const seen = done.length === 0 ? first : await rolling.wide.look();
    const exit = seen === undefined ? exitCode.failed : await oneTurn(rolling, turn, seen);
    if (exit !== exitCode.done) return stoppedAt(rolling, turn.node, done, exit);
    done.push(turn.node);
  }
  const exit = await end(rolling, done.at(-1) ?? '');
  const { screen, wish } = rolling.wide;
  if (exit === exitCode.done && wish.json !== true) screen.print(overText(done));
  return exit;
}

/** A refusal in a later turn, or after what left has left, is no refusal of the whole. */
function stoppedAt(rolling: Rolling, node: NodeName, done: readonly NodeName[], exit: ExitCode): ExitCode {
  if (!rolling.soFar.touched) return exit;
  const { screen, wish } = rolling.wide;
  const before = done.length === 0 ? '' : ` ${list(done)} ${done.length === 1 ? 'is' : 'are'} done.`;
  const detail = `In the turn of ${node}.${before} No other node goes down.`;
  screen.report([
    error('reboot/stopped', 'A rolling reboot has stopped', detail, {
      help: `\`${wish.command}\` looks at what is there now, and goes on; what has booted does not boot again.`,
    }),
  ]);
  return exit === exitCode.refused ? exitCode.failed : exit;
}

/** `seen` is closed here. */
async function oneTurn(rolling: Rolling, turn: Turn, seen: Seen): Promise<ExitCode> {
  const { session, wish, inventory } = rolling;
  const node = nodeOf(rolling, turn.node);
  if (turn.is === 'booted') {
    seen.line.close();
    return settle(rolling, node, turn.left, undefined);
  }
  const gone = await leave(rolling, turn, seen);
  if (!('left' in gone)) return gone.exit;
  const told = await tellToBoot(rolling, turn.node);
  if (told !== exitCode.done) return told;
  const back = await comingBack(session, {
    node,
    site: inventory.site,
    before: gone.boot,
    timeoutSeconds: wish.timeoutSeconds,
    json: wish.json === true,
  });
  return back === exitCode.done ? settle(rolling, node, gone.left, gone.still) : back;
}

function nodeOf({ inventory }: Rolling, name: NodeName): Node {
  const node = inventory.site.nodes[name];
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

type Gone =
  | { readonly exit: ExitCode }
  | { readonly boot: string; readonly left: readonly string[]; readonly still: ReadonlySet<string> };

/** The note first, then all that runs there, live. */
async function leave(rolling: Rolling, turn: Turn, seen: Seen): Promise<Gone> {
  const { wide, inventory } = rolling;
  const { node } = turn;
  try {
    const leaving = wide.decide(seen, (input) => mayLeave(node, input));
    if (leaving === undefined) return { exit: exitCode.refused };
    const now = { ...turn, leaving };
    const bound = leavingOf(rolling, now);
    const narrow = stageOf(rolling.session, rolling.wish, inventory, { ...bound, reads: moveReads });
    const ran = await playOver(
      {
        ...narrow,
        wish: mannerOf(rolling),
        standing: (input) => standingText(node, standings(leaving.moves, worldOf(input, input.site))),
      },
      seen,
    );
    remember(rolling, ran);
    if (ran.exit !== exitCode.done) return { exit: ran.exit };
    const bootId = seen.facts.get(node)?.host.bootId;
    const still = wide.decide(seen, (input) => ok(standingStill(input)));
    if (bootId?.known !== true || still === undefined) return { exit: exitCode.refused };
    return { boot: bootId.value, left: comingHome(now), still };
  } finally {
    seen.line.close();
  }
}

function comingHome(turn: Turn): readonly string[] {
  return [...new Set([...turn.left, ...homeOf(turn)])];
}

function leavingOf(rolling: Rolling, turn: Turn): Bound {
  const { inventory, round } = rolling;
  const left = comingHome(turn).join(',');
  const note = act('host.note', beginTurn, {
    node: nodeOf(rolling, turn.node),
    round,
    left: left === '' ? 'none' : left,
  });
  const moves = turn.leaving?.moves.map(({ load: { vm }, to }) => [moveOf(rolling, vm, to)]) ?? [];
  const base = wideLook([turn.node], inventory.site);
  return together({ ...base, steps: [] }, [[{ ...base, steps: [note] }], ...moves]);
}

function act(name: string, verb: Verb, given: BoundAct['given']): BoundAct {
  return { name, kind: 'host', verb, given };
}

/** By a new look: it was another one before all had left. How the step ends is no matter: its boot id tells whether it has booted. */
async function tellToBoot(rolling: Rolling, node: NodeName): Promise<ExitCode> {
  const { session, inventory, playbook } = rolling;
  const bound = bind(playbook, [`node=${node}`], inventory.site);
  if (!bound.ok) throw new Error(`rolling-reboot does not take ${node}`);
  const stage = stageOf(session, mannerOf(rolling), inventory, bound.value);
  const seen = await stage.look();
  if (seen === undefined) return exitCode.failed;
  try {
    const compiled = stage.decide(seen, (input) => compile(bound.value, input));
    if (compiled === undefined) return exitCode.refused;
    stage.show(compiled.plan, 'steps');
    const ran = await stage.run(compiled.plan, seen.line, questionOf(rolling));
    remember(rolling, ran);
    if (ran.outcome === undefined) return ran.exit;
    const isOpen = [...ran.outcome.steps.values()].every(({ is }) => is === 'done' || is === 'unknown');
    return isOpen ? exitCode.done : ran.exit;
  } finally {
    seen.line.close();
  }
}

/** One word on one node: whoever begins after this begins anew. */
async function end(rolling: Rolling, node: NodeName): Promise<ExitCode> {
  const { session, inventory, round } = rolling;
  const base = noPlaybook(inventory.site);
  const asks: Asks = new Map(base.nodes.map((one) => [one, [notesProbe]]));
  const over = act('host.over', endRound, { node: nodeOf(rolling, node), round });
  const bound: Bound = { ...base, reads: ['host'], asks, steps: [over] };
  const stage = stageOf(session, mannerOf(rolling), inventory, bound);
  const seen = await stage.look();
  if (seen === undefined) return exitCode.failed;
  try {
    return (await playOver(stage, seen)).exit;
  } finally {
    seen.line.close();
  }
}
