/** The stages from an inventory to a plan, as `plan`, `apply` and `render` share them. */
import { dirname, join } from 'node:path';
import { type Diagnostic, type ExitCode, error, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import { kinds } from '../kinds/registry.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeFacts, World } from '../kinds/world.ts';
import { blankFacts } from '../observe/facts.ts';
import { observe } from '../observe/observe.ts';
import { makePlan } from '../plan/make.ts';
import type { Plan, PlanOptions } from '../plan/plan.ts';
import type { Content } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { sha256 } from '../template/content.ts';
import { templateFiles } from '../template/files.ts';
import { templateRenderer } from '../template/render.ts';
import { type Secrets, secretNames } from '../transport/secrets.ts';
import { count } from '../view/wrap.ts';
import { askingText, connect, type Line, type Reach, reachOf } from './line.ts';
import type { Session } from './program.ts';
import { loadSite } from './site.ts';

/** What a person may choose for a plan; the options of `plan` and `apply` have these names. */
export interface Choices {
  readonly offline?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly adopt?: readonly string[] | undefined;
  readonly allowDestroy?: readonly string[] | undefined;
  readonly waitSync?: boolean | undefined;
  readonly acceptNewHostKeys?: boolean | undefined;
}

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
  const seen = choices.offline === true ? blank(session, site) : await look(session, site, choices);
  const warnings = [...loaded.diagnostics, ...seen.diagnostics];
  if (!seen.ok) return { ok: false, code: exitCode.refused, diagnostics: warnings };
  const { facts, reach, line } = seen.value;
  const made = decide(site, facts, choices, reach.secrets, templateFolder(files));
  if (made.ok) return { ok: true, plan: made.value, warnings, reach, line };
  line?.close();
  const typo = made.diagnostics.some((one) => one.code === 'plan/nothing-selected');
  return { ok: false, code: typo ? exitCode.usage : exitCode.refused, diagnostics: [...warnings, ...made.diagnostics] };
}

/** `templates/` beside the inventory overrides ours, file by file. */
function templateFolder(files: readonly string[]): string {
  return join(dirname(files[0] ?? '.'), 'templates');
}

interface Seen {
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  readonly reach: Reach;
  readonly line: Line | undefined;
}

function blank(session: Session, site: Site): Result<Seen> {
  const facts = new Map(Object.keys(site.nodes).map((node) => [node, blankFacts(kinds, site, node)]));
  return ok({ facts, reach: reachOf(session, site), line: undefined });
}

/** A secret that cannot be read here is no reason not to plan: the plan then cannot tell whether a file that holds it differs. */
async function look(session: Session, site: Site, choices: Choices): Promise<Result<Seen>> {
  const reach = reachOf(session, site, choices.acceptNewHostKeys);
  const nodes = Object.values(site.nodes).filter(({ name }) => choices.without?.includes(name) !== true);
  const screen = session.screen();
  const opening = Promise.all([connect(reach.transport, nodes), reach.secrets.load(Object.keys(site.secrets))]);
  const [line, secrets] = await screen.meanwhile(`reaching ${count(nodes.length, 'node')}`, opening);
  const warnings = secrets.diagnostics.map((one) => ({ ...one, severity: 'warning' as const }));
  if (!line.ok) return failed(...warnings, ...line.diagnostics);
  const asking = observe(kinds, site, line.value.connections);
  const facts = await screen.meanwhile(askingText(nodes.length), asking);
  const diagnostics = [...warnings, ...line.diagnostics, ...facts.diagnostics];
  if (facts.ok) return ok({ facts: facts.value, reach, line: line.value }, diagnostics);
  line.value.close();
  return failed(...diagnostics);
}

function decide(site: Site, facts: Seen['facts'], choices: Choices, secrets: Secrets, templates: string): Result<Plan> {
  const options: PlanOptions = {
    only: choices.only ?? [],
    without: choices.without ?? [],
    allowDestroy: choices.allowDestroy ?? [],
    adopt: choices.adopt ?? [],
    waitSync: choices.waitSync === true,
  };
  const renderer = templateRenderer(templateFiles(templates));
  const render: World['render'] = (template, view) => {
    try {
      return renderer(template, view);
    } catch (cause) {
      throw new BadTemplate(template, cause);
    }
  };
  try {
    return makePlan({
      kinds,
      site,
      facts,
      options,
      offline: choices.offline === true,
      render,
      digest: (content) => digestOf(content, secrets),
    });
  } catch (problem) {
    if (problem instanceof BadTemplate) return failed(problem.diagnostic);
    throw problem;
  }
}

function digestOf(content: Content, secrets: Secrets): string | undefined {
  const names = [...secretNames(content)];
  if (names.some((name) => secrets.value(name) === undefined)) return undefined;
  return sha256(content, ({ secret }) => secrets.value(secret) ?? '');
}

/** A template is a file that a person may write: what is wrong with it is told, not thrown at them. */
class BadTemplate extends Error {
  readonly diagnostic: Diagnostic;
  constructor(template: string, cause: unknown) {
    super(`template ${template}`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    this.diagnostic = error('template/failed', 'A template cannot be filled in', `${template}: ${why}`, {
      help: 'Templates in the folder `templates` beside the inventory replace those of sanctl; docs/inventory.md names them.',
    });
  }
}

/** An option that takes several words may have swallowed the one after it: nothing is planned by a word that means nothing. */
function wrongChoices(site: Site, { without = [], adopt = [], allowDestroy = [] }: Choices): readonly Diagnostic[] {
  const known = new Set(kinds.map((kind) => kind.name));
  const nodes = Object.keys(site.nodes);
  const wrong = (option: string, word: string, help: string): Diagnostic =>
    error('usage/bad-option', 'An option has a value that means nothing', `\`--${option} ${word}\``, { help });
  return [
    ...without
      .filter((node) => !(node in site.nodes))
      .map((node) => wrong('without', node, `The nodes are ${nodes.join(', ')}.`)),
    ...adopt
      .filter((what) => !what.startsWith('/') && !/^volume\/[^/@#]+$/.test(what))
      .map((what) =>
        wrong('adopt', what, 'Name the whole path on the node, `/etc/lvm/lvm.conf`, or a volume: `volume/isos`.'),
      ),
    ...allowDestroy
      .filter((id) => !/^[A-Za-z]+\/[^/@#]+$/.test(id) || !known.has(id.slice(0, id.indexOf('/'))))
      .map((id) =>
        wrong(
          'allow-destroy',
          id,
          'Name the thing as the plan does: `volume/web-root`. Several follow one another after one option.',
        ),
      ),
  ];
}
