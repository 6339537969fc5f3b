/** `sanctl verify --online`: mirrors are compared block by block, one after the other for each pair of nodes; then what differs is told. */
import { realClock } from '../apply/clock.ts';
import { type Diagnostic, type ExitCode, error, exitCode, ok } from '../diagnostic.ts';
import type { Inventory } from '../inventory/index.ts';
import { beginnerOf } from '../kinds/drbd/beginner.ts';
import * as drbd from '../kinds/drbd/compare.ts';
import { blocksDiffer } from '../kinds/drbd/findings.ts';
import type { Site, Volume } from '../kinds/site.ts';
import { worldOf } from '../plan/make.ts';
import { select } from '../plan/select.ts';
import type { Bound, BoundAct } from '../playbook/bind.ts';
import { compile } from '../playbook/compile.ts';
import { formatSeconds } from '../quantity.ts';
import { choiceWords } from '../session/again.ts';
import type { Session } from '../session/program.ts';
import { type Compared, comparedJson, comparedText, comparingJson, comparingText } from '../view/compared.ts';
import type { Seen } from './looking.ts';
import { firstLook, playOver } from './playing.ts';
import { loadSite } from './site.ts';
import { type Stage, stageOf } from './stage.ts';
import { interrupted } from './waiting.ts';

/** Seconds between two looks at a comparison. */
const everySeconds = 10;

interface OnlineOptions {
  readonly only?: readonly string[] | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

interface Wish extends OnlineOptions {
  readonly timeoutSeconds: number;
}

export async function compareOnline(session: Session, path: string | undefined, wish: Wish): Promise<ExitCode> {
  const screen = session.screen(wish);
  const loaded = await loadSite(session, path);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const { site } = loaded.value;
  const { mirrors, diagnostics } = chosen(site, wish.only ?? []);
  screen.report(diagnostics);
  if (diagnostics.length > 0) return exitCode.usage;
  const stage = stageFor(session, mirrors, loaded.value, wish);
  const seen = await firstLook(stage);
  if (seen === undefined) return exitCode.refused;
  const job = { stage, site, until: (session.io.clock ?? realClock).now() + wish.timeoutSeconds };
  const refused = readyFor(job, mirrors, seen);
  if (refused === undefined) return told(job, await compareAll(job, turns(mirrors, site), seen));
  seen.line.close();
  return refused;
}

interface Job {
  readonly stage: Stage;
  readonly site: Site;
  /** By the clock of this machine. */
  readonly until: number;
}

/** Without an exit all came to an end. */
interface Came {
  readonly compared: readonly Compared[];
  readonly exit?: ExitCode;
}

/** `drbd/web-root`, `volume/web-root`, `@alpha`: as a plan is selected. */
function chosen(site: Site, only: readonly string[]) {
  const mirrors = Object.values(site.volumes).filter(
    ({ replicas, state }) => replicas.length > 1 && state === 'present',
  );
  const things = mirrors.flatMap((want) =>
    ['drbd', 'volume'].map((kind) => ({ kind, name: want.name, nodes: want.replicas, want, needs: [] })),
  );
  const { things: selected, diagnostics } = select(things, only);
  const names = new Set(selected.map(({ name }) => name));
  return { mirrors: mirrors.filter(({ name }) => names.has(name)), diagnostics };
}

/** In each turn, one mirror of each pair of nodes: a comparison reads both disks whole. */
function turns(mirrors: readonly Volume[], { nodes }: Site): readonly (readonly Volume[])[] {
  const all: Volume[][] = [];
  const taken = new Map<string, number>();
  for (const mirror of mirrors) {
    const pair = Object.keys(nodes)
      .filter((node) => mirror.replicas.includes(node))
      .join(' ');
    const turn = taken.get(pair) ?? 0;
    taken.set(pair, turn + 1);
    all[turn] = [...(all[turn] ?? []), mirror];
  }
  return all;
}

function stageFor(session: Session, mirrors: readonly Volume[], inventory: Inventory, wish: Wish): Stage {
  const command = session.named(`sanctl verify --online${choiceWords(wish)}`);
  return stageOf(session, { ...wish, command }, inventory, boundTo(mirrors, inventory.site));
}

/** All that is compared side by side; the look is at all of their nodes. */
function boundTo(mirrors: readonly Volume[], site: Site): Bound {
  const steps = mirrors.map(
    (volume, at): BoundAct => ({
      name: 'drbd.compare',
      kind: 'drbd',
      verb: drbd.compare,
      given: { volume },
      ...(at === 0 ? {} : { together: true }),
    }),
  );
  const asks = new Map(Object.keys(site.nodes).map((node) => [node, probesOn(node, mirrors, site)] as const));
  const nodes = Object.keys(site.nodes).filter((node) => mirrors.some(({ replicas }) => replicas.includes(node)));
  return { name: 'verify-online', require: [], steps, verify: [], nodes, asks, verifyAsks: new Map() };
}

function probesOn(node: string, mirrors: readonly Volume[], site: Site) {
  return mirrors.flatMap((volume) => drbd.compare.asks?.({ volume }, site).get(node) ?? []);
}

/** Nobody is held up meanwhile: the nodes' locks are only held to begin. */
async function compareAll(job: Job, all: readonly (readonly Volume[])[], first: Seen): Promise<Came> {
  const compared: Compared[] = [];
  for (const [turn, mirrors] of all.entries()) {
    const seen = turn === 0 ? first : await job.stage.look();
    const exit = seen === undefined ? exitCode.failed : await begin(job, mirrors, seen, turn);
    if (exit !== undefined) return { compared, exit: turn > 0 && exit === exitCode.refused ? exitCode.failed : exit };
    const came = await watch(job, mirrors);
    compared.push(...came.compared);
    if (came.exit !== undefined) return { compared, exit: came.exit };
  }
  return { compared };
}

/** Of all mirrors before the first begins: whoever asks for all of them need not learn of the last one tomorrow. */
function readyFor({ stage }: Job, mirrors: readonly Volume[], seen: Seen): ExitCode | undefined {
  const { screen, wish, bound } = stage;
  if (mirrors.length === 0) {
    if (wish.json !== true) screen.print('Nothing to do: the inventory has no mirror.\n');
    return exitCode.done;
  }
  const compiled = stage.decide(seen, (input) => compile(bound, input));
  if (compiled === undefined) return exitCode.refused;
  if (wish.dryRun !== true) return undefined;
  stage.show(compiled.plan, 'steps');
  return exitCode.done;
}

/** Asks before the first turn, and never again: the answer was for all of them. */
async function begin({ stage, site }: Job, mirrors: readonly Volume[], seen: Seen, turn: number) {
  const wish = turn === 0 ? stage.wish : { ...stage.wish, yes: true as const };
  const bound = { ...stage.bound, steps: boundTo(mirrors, site).steps };
  try {
    const { exit, outcome } = await playOver({ ...stage, wish, bound }, seen);
    return exit === exitCode.done && outcome !== undefined ? undefined : exit;
  } finally {
    seen.line.close();
  }
}

/** Until none of them is compared any more. */
async function watch({ stage, until }: Job, mirrors: readonly Volume[]): Promise<Came> {
  const { screen, session, wish } = stage;
  const clock = session.io.clock ?? realClock;
  const leave = (...problems: readonly Diagnostic[]): Came => {
    screen.report(problems);
    return { compared: [], exit: exitCode.failed };
  };
  for (;;) {
    const seen = await stage.look();
    seen?.line.close();
    const now = seen === undefined ? undefined : stage.decide(seen, (input) => ok(standing(mirrors, input)));
    if (now === undefined) return leave(notWatched('the nodes could not be looked at any more'));
    const unread = now.flatMap((one) => ('why' in one ? notWatched(one.why) : []));
    if (unread.length > 0) return leave(...unread);
    const compared = now.flatMap((one) => ('why' in one ? [] : one));
    const running = compared.filter(({ runs }) => runs);
    if (running.length === 0) return { compared };
    const left = until - clock.now();
    if (left <= 0) return leave(notEnded(running));
    if (wish.json === true) for (const one of running) screen.json(comparingJson(one));
    else if (!screen.live) for (const one of running) screen.print(`${comparingText(one)}\n`);
    const waiting = `${running.map(comparingText).join('; ')}; at most ${formatSeconds(left)} more`;
    if (await interrupted(session, everySeconds, screen.meanwhile, waiting)) {
      if (wish.json !== true) screen.mention('Left. What was begun goes on by itself; `sanctl status` shows it.\n');
      return { compared: [], exit: exitCode.interrupted };
    }
  }
}

type Standing = Compared | { readonly why: string };

function standing(mirrors: readonly Volume[], input: Parameters<typeof worldOf>[0]): readonly Standing[] {
  const world = worldOf(input, input.site);
  return mirrors.map((volume): Standing => {
    const node = beginnerOf(volume, input.site);
    const found = drbd.comparisonOf(volume, world);
    const outOfSyncBytes = drbd.outOfSync(volume, world);
    if (!found.known) return { why: `drbd/${volume.name} on ${node}: ${found.why}` };
    if (outOfSyncBytes === undefined) return { why: `drbd/${volume.name}: nobody counts what differs any more` };
    return { mirror: volume.name, node, outOfSyncBytes, runs: drbd.isCompared(found.value), ...found.value };
  });
}

/** Exit 4 where one broke off, 2 where blocks differ. */
function told({ stage, site }: Job, { compared, exit }: Came): ExitCode {
  const { screen, wish } = stage;
  if (exit !== undefined && compared.length === 0) return exit;
  const findings = compared.flatMap(({ mirror, outOfSyncBytes }) =>
    outOfSyncBytes === 0 ? [] : [blocksDiffer(`drbd/${mirror}`, mirror, outOfSyncBytes)],
  );
  const broken = compared.filter(({ ended }) => !ended).map(brokenOff);
  if (wish.json === true) {
    for (const one of compared) screen.json(comparedJson(one));
    for (const finding of findings) screen.json({ version: 1, type: 'finding', ...finding });
    screen.json({ version: 1, type: 'verified', site: site.name, mirrors: compared.length, findings: findings.length });
  } else screen.print(`\n${comparedText(site.name, compared, findings, screen.page)}`);
  screen.report(broken);
  if (exit !== undefined) return exit;
  if (broken.length > 0) return exitCode.failed;
  return findings.length > 0 ? exitCode.pending : exitCode.done;
}

const goesOn =
  'It goes on by itself; `sanctl status` shows it, and `sanctl verify` finds what it has marked (`drbd/out-of-sync`).';

function notWatched(why: string): Diagnostic {
  return error('verify/not-watched', 'How a comparison ends could not be learned', `${why}.`, { help: goesOn });
}

function notEnded(running: readonly Compared[]): Diagnostic {
  const detail = `${running.map(comparingText).join('; ')}.`;
  return error('verify/not-ended', 'A comparison takes longer than was waited for', detail, { help: goesOn });
}

function brokenOff({ mirror, node, state }: Compared): Diagnostic {
  const detail = `drbd/${mirror} on ${node} is ${state}, and the kernel log has no word that all of it was compared: what it had not come to is not known to be equal.`;
  return error('verify/broken-off', 'A comparison broke off', detail, {
    help: `Look at its connection (\`sanctl why volume/${mirror}\`); the same command begins again.`,
  });
}
