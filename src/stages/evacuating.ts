/** The evacuation of a node: look, say which VM goes where, then the playbook `migrate` for each of them as one. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Inventory } from '../inventory/index.ts';
import { moveReads } from '../kinds/domain/move/asks.ts';
import { evacuable, evacuationAsks } from '../kinds/domain/move/evacuable.ts';
import { type Evacuation, standings } from '../kinds/domain/move/evacuate.ts';
import { longWindows } from '../kinds/domain/move/staying.ts';
import type { Site } from '../kinds/site.ts';
import { worldOf } from '../plan/make.ts';
import { type Bound, bind } from '../playbook/bind.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { together } from '../playbook/together.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { NodeName } from '../step.ts';
import { emptyText, evacuationJson, evacuationText, standingText } from '../view/evacuation.ts';
import { noSuchNode } from './line.ts';
import { firstLook, playOver } from './playing.ts';
import { loadSite } from './site.ts';
import { readAsNamed, type Stage, stageOf } from './stage.ts';

export interface EvacuateOptions {
  readonly parallel?: number | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export async function empty(
  session: Session,
  name: string,
  path: string | undefined,
  options: EvacuateOptions,
): Promise<ExitCode> {
  const screen = session.screen(options);
  const loaded = await loadSite(session, path);
  const migrate = await readAsNamed('migrate');
  screen.report([...loaded.diagnostics, ...migrate.diagnostics]);
  if (!loaded.ok || !migrate.ok) return exitCode.usage;
  const { site } = loaded.value;
  if (!Object.hasOwn(site.nodes, name)) {
    screen.report([noSuchNode(name, site)]);
    return exitCode.usage;
  }
  const stage = stageFor(session, name, loaded.value, options);
  const seen = await firstLook(stage);
  if (seen === undefined) return exitCode.refused;
  try {
    const found = stage.decide(seen, (input) => evacuable(name, worldOf(input, site)));
    if (found === undefined) return exitCode.refused;
    if (found.moves.length > 0) {
      const parallel = Math.min(options.parallel ?? 1, found.moves.length);
      if (parallel > 1) screen.report([longWindows(name, parallel)]);
      return (await playOver(playing(stage, name, found, migrate.value, site, parallel), seen)).exit;
    }
    if (options.json === true) screen.json(evacuationJson(name, found, 1));
    else screen.print(emptyText(name));
    return exitCode.done;
  } finally {
    seen.line.close();
  }
}

/** It looks at all that may be asked: what will be played is known after the first look. */
function stageFor(session: Session, node: NodeName, inventory: Inventory, options: EvacuateOptions): Stage {
  const { site } = inventory;
  const look: Bound = {
    name: 'evacuate',
    require: [],
    steps: [],
    verify: [],
    verifyAsks: new Map(),
    reads: moveReads,
    nodes: Object.keys(site.nodes),
    asks: evacuationAsks(node, site),
  };
  const width = options.parallel === undefined ? '' : ` --parallel ${options.parallel}`;
  const command = session.named(`sanctl evacuate ${quote(node)}${width}`);
  return stageOf(session, { ...options, command }, inventory, look);
}

function playing(
  stage: Stage,
  node: NodeName,
  found: Evacuation,
  migrate: Playbook,
  site: Site,
  parallel: number,
): Stage {
  const bounds = found.moves.map(({ load: { vm }, to }) => boundTo(migrate, vm.name, to, site));
  const groups = bounds.flatMap((_, at) => (at % parallel === 0 ? [bounds.slice(at, at + parallel)] : []));
  const { screen, wish } = stage;
  return {
    ...stage,
    bound: together(stage.bound, groups),
    show(plan, phase) {
      stage.show(plan, phase);
      if (phase !== 'steps') return;
      if (wish.json === true) screen.json(evacuationJson(node, found, parallel));
      else screen.print(evacuationText(node, found, parallel, screen.page));
    },
    standing: (input) => standingText(node, standings(found.moves, worldOf(input, site))),
  };
}

/** Both are of this site: nothing is wrong with them. */
function boundTo(migrate: Playbook, vm: string, to: string, site: Site): Bound {
  const bound = bind(migrate, [`vm=${vm}`, `to=${to}`], site);
  if (!bound.ok) throw new Error(`migrate does not take ${vm} and ${to}`);
  return bound.value;
}
