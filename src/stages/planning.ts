/** The stages from an inventory to a plan, as `plan`, `apply` and `render` share them. */
import { dirname, join } from 'node:path';
import { type Diagnostic, type ExitCode, error, exitCode, ok, type Result, warning } from '../diagnostic.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import { managedPaths } from '../kinds/file/paths.ts';
import { kinds } from '../kinds/registry.ts';
import type { Site } from '../kinds/site.ts';
import { blankFacts } from '../observe/facts.ts';
import { makePlan } from '../plan/make.ts';
import type { Plan, PlanOptions } from '../plan/plan.ts';
import { type Choices, choiceWords } from '../session/again.ts';
import type { Session } from '../session/program.ts';
import type { NodeName } from '../step.ts';
import { shippedTemplates, strangeTemplates } from '../template/files.ts';
import { decide } from './deciding.ts';
import { type Line, type Reach, reachOf } from './line.ts';
import { look, type Seen } from './looking.ts';
import { loadSite } from './site.ts';

/** `warnings` are those of the stages before the plan; the plan has its own. `line` is open: who gets it closes it. */
export type Planned =
  | {
      readonly ok: true;
      readonly plan: Plan;
      readonly warnings: readonly Diagnostic[];
      readonly reach: Reach;
      readonly line: Line | undefined;
    }
  | { readonly ok: false; readonly code: ExitCode; readonly diagnostics: readonly Diagnostic[] };

export async function planFor(session: Session, path: string | undefined, choices: Choices): Promise<Planned> {
  const loaded = await loadSite(session, path);
  if (!loaded.ok) return { ok: false, code: exitCode.usage, diagnostics: loaded.diagnostics };
  const { site, files } = loaded.value;
  const wrong = wrongChoices(site, choices);
  if (wrong.length > 0) return { ok: false, code: exitCode.usage, diagnostics: wrong };
  const reach = reachOf(session, site, choices.acceptNewHostKeys);
  const nodes = Object.values(site.nodes).filter(({ name }) => choices.without?.includes(name) !== true);
  const around = (unreached: readonly NodeName[]): string => wayAround(choices, unreached);
  const seen: Result<MaybeSeen> =
    choices.offline === true ? ok(blank(site)) : await look(session, site, nodes, reach, around);
  const warnings = [...loaded.diagnostics, ...unusedTemplates(files), ...seen.diagnostics];
  if (!seen.ok) return { ok: false, code: exitCode.refused, diagnostics: warnings };
  const { facts, line } = seen.value;
  const question = { site, facts, options: optionsOf(choices), offline: choices.offline === true };
  const made = decide(question, reach.secrets, files, makePlan);
  if (made.ok) return { ok: true, plan: made.value, warnings, reach, line };
  line?.close();
  const typo = made.diagnostics.some((one) => one.code === 'plan/nothing-selected');
  return { ok: false, code: typo ? exitCode.usage : exitCode.refused, diagnostics: [...warnings, ...made.diagnostics] };
}

function unusedTemplates([first = '.']: readonly string[]): readonly Diagnostic[] {
  const folder = join(dirname(first), 'templates');
  return strangeTemplates(folder).map((name) =>
    warning('template/unused', 'A template replaces nothing', `${join(folder, name)} has the name of none of sanctl.`, {
      help: `Those are ${shippedTemplates().join(', ')}.`,
    }),
  );
}

function wayAround(choices: Choices, unreached: readonly NodeName[]): string {
  const words = choiceWords({ ...choices, without: [...(choices.without ?? []), ...unreached] });
  const what = unreached.length === 1 ? 'it' : 'them';
  return `\`sanctl plan${words}\` plans around ${what}. Nothing was touched: \`plan\` only reads, and \`apply\` reads all nodes before it changes one.`;
}

type MaybeSeen = Pick<Seen, 'facts'> & { readonly line: Line | undefined };

function blank(site: Site): MaybeSeen {
  const facts = new Map(Object.keys(site.nodes).map((node) => [node, blankFacts(kinds, site, node)]));
  return { facts, line: undefined };
}

function optionsOf(choices: Choices): PlanOptions {
  return {
    only: choices.only ?? [],
    without: choices.without ?? [],
    allowDestroy: choices.allowDestroy ?? [],
    adopt: choices.adopt ?? [],
    waitSync: choices.waitSync === true,
  };
}

/** Nothing is planned by a word that means nothing in this inventory. */
export function wrongChoices(
  site: Site,
  { without = [], adopt = [], allowDestroy = [] }: Choices,
): readonly Diagnostic[] {
  const nodes = Object.keys(site.nodes);
  const volumes = Object.keys(site.volumes).map((name) => `volume/${name}`);
  const exports = Object.values(site.exports).flatMap(({ name, via }) =>
    via === 'iscsi' ? [`target/${name}`] : [`export/${name}`, `import/${name}`],
  );
  const paths = nodes.flatMap((node) => managedPaths(site, node));
  const wrong = (option: string, words: readonly string[], known: readonly string[], what: string) =>
    words
      .filter((word) => !known.includes(word))
      .map((word) => {
        const help = didYouMean(suggestFrom(known)(word)) ?? `${what} ${known.join(', ') || 'none'}.`;
        const detail = `\`--${option} ${word}\``;
        return error('usage/bad-option', 'An option has a value that means nothing', detail, { help });
      });
  return [
    ...wrong('without', without, nodes, 'The nodes are'),
    ...wrong('adopt', adopt, [...new Set(paths), ...volumes, ...exports], 'What may be taken over here:'),
    ...wrong('allow-destroy', allowDestroy, volumes, 'What may be destroyed here:'),
  ];
}
