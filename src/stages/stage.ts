/** What the stages of a playbook share once it is read and bound: the ways to look, to decide, to show and to run. */
import { type Diagnostic, error, type Result } from '../diagnostic.ts';
import type { Inventory } from '../inventory/index.ts';
import { kinds, kindsNamed } from '../kinds/registry.ts';
import type { Observed } from '../observe/observe.ts';
import type { PlanInput } from '../plan/make.ts';
import type { Plan } from '../plan/plan.ts';
import { type Bound, bind } from '../playbook/bind.ts';
import { findPlaybook } from '../playbook/find.ts';
import { type Playbook, vocabularyOf } from '../playbook/playbook.ts';
import { readPlaybook } from '../playbook/read.ts';
import { choiceWords } from '../session/again.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import { planText } from '../view/plan.ts';
import type { Screen } from '../view/screen.ts';
import type { Question } from './agree.ts';
import { decide } from './deciding.ts';
import { type Around, type Line, reachOf } from './line.ts';
import { look, lookOver, type Seen } from './looking.ts';
import { wrongChoices } from './planning.ts';
import { type Ran, runPlan } from './run.ts';
import { loadSite } from './site.ts';

export interface Wish extends Manner {
  /** The name of one that comes with sanctl, or a path. */
  readonly playbook: string;
  /** Whether a person named it; otherwise the verb did, and nobody has to know of it. */
  readonly named?: true;
  readonly inventory: string | undefined;
  /** `NAME=VALUE` for its inputs. */
  readonly set: readonly string[];
}

/** How a playbook is played, whichever it is. */
export interface Manner {
  /** Nodes to leave out: a person is certain that none of them runs a VM of the inventory (X1). */
  readonly without?: readonly NodeName[] | undefined;
  /** What a person gives up by name (C11). */
  readonly allowDestroy?: readonly string[] | undefined;
  /** The command that asks for the same again. */
  readonly command: string;
  /** What is true when the question is answered with no; that nothing was touched unless given. */
  readonly left?: string;
  /** The question itself, where more is agreed to than the plan that is shown. */
  readonly question?: string;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

/** What goes wrong in one of them is reported, and the answer is undefined. */
export interface Stage {
  readonly session: Session;
  readonly screen: Screen;
  readonly wish: Manner;
  readonly bound: Bound;
  /** All nodes of the playbook, anew each time. Whoever asks closes the line. */
  look(around?: Around): Promise<Seen | undefined>;
  /** What its verification rests on, over the line of the run where that still stands: to connect costs more than to ask. */
  lookAtEnd(line: Line): Promise<Observed | undefined>;
  /** The command that does without these nodes; empty where what the playbook is about depends on them. */
  wayAround: Around;
  decide<T>(seen: Observed, make: (input: PlanInput) => Result<T>): T | undefined;
  show(plan: Plan, phase: 'steps' | 'undo'): void;
  /** Asks first where there is a question. */
  run(plan: Plan, line: Line, question: Question | undefined): Promise<Ran>;
  /** Where things stand, over a look at the end of a way back: a sentence. */
  standing?(input: PlanInput): string;
}

export async function readAsNamed(word: string): Promise<Result<Playbook>> {
  const source = await findPlaybook(word);
  return source.ok ? readPlaybook(source.value, vocabularyOf(kinds)) : source;
}

/** Undefined: a mistake, which was reported. */
export async function prepare(session: Session, wish: Wish): Promise<Stage | undefined> {
  const screen = session.screen(wish);
  const told = teller(screen);
  const playbook = told(await readAsNamed(wish.playbook));
  const inventory = told(await loadSite(session, wish.inventory));
  if (playbook === undefined || inventory === undefined) return undefined;
  const { site } = inventory;
  const without = wish.without ?? [];
  const wrong = wrongChoices(site, { without, allowDestroy: wish.allowDestroy });
  screen.report(wrong);
  const asked = wrong.length > 0 ? undefined : bind(playbook, wish.set, site, without);
  const bound = asked && told(wish.named === true ? asked : inWordsOf(wish.command, asked));
  if (bound === undefined) return undefined;
  const wayAround = (unreached: readonly NodeName[]): string =>
    bind(playbook, wish.set, site, [...without, ...unreached]).ok ? aroundText(wish.command, unreached) : '';
  return { ...stageOf(session, wish, inventory, bound), wayAround };
}

/** Somebody who named no playbook gave words to a command. */
function inWordsOf<T>(command: string, result: Result<T>): Result<T> {
  return { ...result, diagnostics: result.diagnostics.map((one) => ofCommand(one, command)) };
}

function ofCommand(one: Diagnostic, command: string): Diagnostic {
  if (one.code !== 'playbook/bad-input') return one;
  const help = one.help === undefined ? {} : { help: one.help };
  return error('usage/bad-word', 'A word of the command is refused', `\`${command}\`: ${one.detail}`, help);
}

/** For what is bound already, of a site of which all nodes are needed. */
export function stageOf(session: Session, wish: Manner, { site, files }: Inventory, bound: Bound): Stage {
  const screen = session.screen(wish);
  const told = teller(screen);
  const reach = reachOf(session, site, wish.acceptNewHostKeys);
  const nodes = Object.values(site.nodes).filter(({ name }) => bound.nodes.includes(name));
  const json = wish.json === true;
  const atEnd = { reads: bound.reads, asks: bound.verifyAsks };
  const { without = [], allowDestroy = [] } = wish;
  const options = { only: [], without, allowDestroy, adopt: [], waitSync: false };
  return {
    session,
    screen,
    wish,
    bound,
    look: async (around) => told(await look(session, site, nodes, reach, around, bound)),
    async lookAtEnd(line) {
      const seen = await lookOver(session, site, line, atEnd);
      if (seen !== undefined) return told(seen);
      const anew = told(await look(session, site, nodes, reach, undefined, atEnd));
      anew?.line.close();
      return anew;
    },
    wayAround: () => '',
    decide: ({ facts, answers }, make) =>
      told(
        decide(
          { kinds: kindsNamed(bound.reads), site, facts, answers, options, offline: false },
          reach.secrets,
          files,
          make,
        ),
      ),
    show(plan, phase) {
      if (json) screen.json({ version: 1, type: 'plan', playbook: bound.name, phase, plan });
      else screen.print(planText(plan, screen.page));
    },
    run: (plan, line, question) => {
      const title = wish.command.replace(/^sanctl /, '');
      return runPlan(session, { plan, reads: bound.reads, reach, line, json, title, question, again: wish.command });
    },
  };
}

function aroundText(command: string, unreached: readonly NodeName[]): string {
  return ` If it is certain that no VM of the inventory runs there (it is off): \`${command}${choiceWords({ without: unreached })}\`.`;
}

/** What is wrong, or worth a word, is reported. */
function teller(screen: Screen): <T>(result: Result<T>) => T | undefined {
  return (result) => {
    screen.report(result.diagnostics);
    return result.ok ? result.value : undefined;
  };
}
