/**
 * Cases of the kinds as data. A file `test/kinds/<folder>/<case>.yaml` holds one case, or several with `---` between:
 *
 *     about: a replica that has no slice gets one        # the test's name
 *     site: { volumeGroups: …, volumes: … }              # see compact.ts for what may be left out
 *     like: ready                                         # a base from test/kinds/bases/, answers of whole nodes; or several
 *     given:                                              # what the nodes answer, by node, over the base; `all` is every node
 *       alpha:
 *         volume.lvs: { fixture: lvm2-2.03.16/lvs-empty.json }
 *         volumeGroup.groups: { stdout: "…", stderr: "…", code: 5 }
 *         host.xen: lost                                  # the answer never came
 *     leftOut: [charlie]                                  # what `--without` named
 *     adopt: [/etc/xen/web.cfg]   allowDestroy: [volume/web-root]   secrets: unreadable   waitSync: true
 *     things: [volume/web-root]                           # whose plan is looked at; `kind/name` or `kind/name@node`
 *     call: { domain.migrate: { vm: web, to: bravo } }    # or a verb or check, as a playbook would call it
 *     steps:                                              # exactly these, in this order; left out: not looked at
 *       - id: volume/web-root@alpha#create
 *         runs: [ "lvcreate …" ]                          # as the plan shows them (shell/text.ts)
 *         guards: [ "lvs …: prints nothing (vg0 has no volume web-root)" ]   # left out: not looked at
 *         needs: [ … ]   danger: destroys                 # left out: not looked at
 *     brief: true                                         # scripts of several lines stand as `…` in runs and guards
 *     refused: [volume/smaller]                           # codes of errors; left out: there must be none
 *     says: ["has 2 GiB"]                                 # each stands in the text of some diagnostic
 *     warned: [service/active]                            # codes of warnings and notes; left out: there must be none
 *     undeclared: ["volume vg0/old@alpha"]                # left out: not looked at
 *     silent: [bravo]   held: [alpha]                     # for the two below: nodes that did not answer, or at work now
 *     rows: ["mirror web-root weak: not connected; alpha Primary, bravo not seen; 64 MiB"]   # of the kind whose folder it is
 *     findings: [drbd/not-connected]                      # and the codes of what it finds wrong; left out: not looked at
 *
 * A `fixture` is under test/fixtures/ and is what a real tool printed; `replace: { "from": "to" }` changes it, and
 * throws when it does not occur. A kind of which a node has no answer at all has its `blank` facts; of which it has
 * some, those that are missing are unknown.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import type { Diagnostic } from '../../src/diagnostic.ts';
import type { Kind, Thing } from '../../src/kinds/kind.ts';
import { known } from '../../src/kinds/reading.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { KindName, NodeFacts, World } from '../../src/kinds/world.ts';
import { address, steps } from '../../src/plan/graph.ts';
import { things } from '../../src/plan/things.ts';
import { vocabularyOf } from '../../src/playbook/playbook.ts';
import { readValue } from '../../src/playbook/values.ts';
import type { ProbeOutput, ProbeOutputs } from '../../src/shell/command.ts';
import { actionLines, guardLine } from '../../src/shell/text.ts';
import type { NodeName, Step } from '../../src/step.ts';
import { sha256 } from '../../src/template/content.ts';
import { templateFiles } from '../../src/template/files.ts';
import { templateRenderer } from '../../src/template/render.ts';
import { type CompactSite, compactSite } from './compact.ts';

export interface Case {
  readonly about: string;
  readonly site?: CompactSite;
  readonly like?: string | readonly string[];
  readonly given?: Given;
  readonly adopt?: readonly string[];
  readonly leftOut?: readonly NodeName[];
  readonly allowDestroy?: readonly string[];
  readonly waitSync?: boolean;
  readonly secrets?: 'unreadable';
  readonly things?: readonly string[];
  readonly call?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly brief?: boolean;
  readonly steps?: readonly ExpectedStep[];
  readonly refused?: readonly string[];
  readonly says?: readonly string[];
  readonly warned?: readonly string[];
  readonly undeclared?: readonly string[];
  readonly silent?: readonly NodeName[];
  readonly held?: readonly NodeName[];
  readonly rows?: readonly string[];
  readonly findings?: readonly string[];
}

type Given = Readonly<Record<string, Readonly<Record<string, GivenAnswer>>>>;
type GivenAnswer =
  | 'lost'
  | { readonly stdout?: string; readonly stderr?: string; readonly code?: number }
  | {
      readonly fixture: string;
      readonly code?: number;
      readonly stderr?: string;
      readonly replace?: Readonly<Record<string, string>>;
    };

export interface ExpectedStep {
  readonly id: string;
  readonly runs?: readonly string[];
  readonly guards?: readonly string[];
  readonly needs?: readonly string[];
  readonly danger?: string;
}

export interface Outcome {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  readonly undeclared: readonly string[];
}

const vocabulary = vocabularyOf(kinds);
const here = fileURLToPath(new URL('.', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

export function caseFolders(): readonly string[] {
  const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => name !== 'bases' && caseFiles(name).length > 0);
}

function caseFiles(folder: string): readonly string[] {
  const files = readdirSync(join(here, folder)).filter((name) => name.endsWith('.yaml'));
  return files.sort();
}

/** The cases of a folder, with the file that each is in. */
export function casesIn(folder: string): readonly (Case & { readonly file: string })[] {
  return caseFiles(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(here, folder, file), 'utf8')).map((document) => {
      if (document.errors.length > 0) throw new Error(`${folder}/${file}: ${document.errors[0]?.message}`);
      return { ...(document.toJS() as Case), file };
    }),
  );
}

export function play(one: Case): Outcome {
  return playWith(one, new Map(compactNodes(one).map((node) => [node, answersOf(one, node)])));
}

/** A case over other answers than those that it gives. */
export function playWith(one: Case, outputs: ReadonlyMap<NodeName, ProbeOutputs>): Outcome {
  const site = compactSite(one.site ?? {});
  const world = worldOf(one, site, outputs);
  const all = things(kinds, site, world);
  const selected = (one.things ?? []).flatMap((selector) => chosen(all, selector));
  const verdicts = [
    ...selected.map((thing) => ({ thing, ...kindOf(thing).plan(thing, world) })),
    ...Object.entries(one.call ?? {}).flatMap(([name, words]) => said(name, words, world)),
  ];
  return {
    steps: steps(verdicts.map((verdict) => ({ thing: verdict.thing, drafts: verdict.steps }))),
    diagnostics: verdicts.flatMap((verdict) => verdict.diagnostics),
    undeclared: Object.keys(site.nodes).flatMap((node) =>
      kinds.flatMap((kind) =>
        (kind.undeclared?.(site, node, world.have(kind.name as KindName, node)) ?? []).map(
          (found) => `${found.kind} ${found.name}@${found.node}`,
        ),
      ),
    ),
  };
}

/** How well a kind says that its things are. */
export function healthOf(folder: string, one: Case) {
  const site = compactSite(one.site ?? {});
  const nodes = Object.keys(site.nodes).filter((node) => one.silent?.includes(node) !== true);
  const facts = new Map(nodes.map((node) => [node, factsOf(answersOf(one, node), site, node)]));
  const kind = kinds.find(({ name }) => name.toLowerCase() === folder.replaceAll('-', ''));
  const health = kind?.health?.({ site, facts, held: new Set(one.held) });
  if (health === undefined) throw new Error(`${folder} says nothing of its health`);
  return {
    rows: health.rows.map(
      ({ section, name, level, state, detail }) => `${section} ${name} ${level}: ${[state, ...detail].join('; ')}`,
    ),
    findings: health.findings,
  };
}

/** What a verb or a check answers to words as a playbook has them. */
function said(name: string, words: Readonly<Record<string, string>>, world: World) {
  const verb = vocabulary.verbs.get(name);
  const check = vocabulary.checks.get(name);
  const takes = (verb ?? check)?.verb.takes ?? {};
  const given = Object.entries(words).map(([parameter, text]) => {
    const read = readValue(takes[parameter]?.type ?? 'text', text, world.site);
    if (!('value' in read)) throw new Error(`${parameter} of ${name} ${read.why}`);
    return [parameter, read.value] as const;
  });
  if (check !== undefined) {
    const diagnostics = check.verb.check(Object.fromEntries(given), world);
    return [{ thing: { kind: check.kind, name: '', needs: [] }, steps: [], diagnostics }];
  }
  if (verb === undefined) throw new Error(`nothing is called ${name}`);
  return [...verb.verb.plan(Object.fromEntries(given), world)].map(([own, verdict]) => ({
    thing: { kind: verb.kind, name: own, needs: [] },
    ...verdict,
  }));
}

/** A step as a case writes it. */
export function shown(step: Step, brief = false): Required<ExpectedStep> {
  const text = (line: string): string => (brief ? line.replaceAll(/'(?:[^']|'\\'')*\n(?:[^']|'\\'')*'/g, '…') : line);
  return {
    id: step.id,
    runs: step.actions.flatMap(actionLines).map(text),
    guards: step.guards.map(guardLine).map(text),
    needs: step.needs,
    danger: step.danger,
  };
}

function chosen(all: readonly Thing[], selector: string): readonly Thing[] {
  const found = all.filter((thing) =>
    [address(thing), ...thing.nodes.map((node) => address(thing, node))].includes(selector),
  );
  if (found.length === 0) throw new Error(`nothing is called ${selector}`);
  return found;
}

function kindOf(thing: Thing): Kind {
  const kind = kinds.find(({ name }) => name === thing.kind);
  if (kind === undefined) throw new Error(`no kind ${thing.kind}`);
  return kind;
}

function compactNodes(one: Case): readonly NodeName[] {
  return Object.keys(compactSite(one.site ?? {}).nodes);
}

function worldOf(one: Case, site: Site, outputs: ReadonlyMap<NodeName, ProbeOutputs>): World {
  const facts = new Map([...outputs].map(([node, answers]) => [node, factsOf(answers, site, node)]));
  const render = templateRenderer(templateFiles());
  return {
    site,
    have: (kind, node) => {
      const found = facts.get(node);
      if (found === undefined) throw new Error(`no facts of ${node}`);
      return found[kind];
    },
    render,
    digest: (content) => (one.secrets === undefined ? sha256(content, ({ secret }) => `canary-${secret}`) : undefined),
    imageBytes: () => known(2 ** 30),
    allowDestroy: new Set(one.allowDestroy),
    waitSync: one.waitSync ?? false,
    adopt: new Set(one.adopt),
    leftOut: one.leftOut ?? [],
    answers: (node) => outputs.get(node) ?? new Map(),
  };
}

export function factsOf(outputs: ProbeOutputs, site: Site, node: NodeName): NodeFacts {
  const entries = kinds.map((kind) => {
    const asked = kind.probes(site, node).some(({ name }) => outputs.has(name));
    return [kind.name, asked ? kind.parse(outputs, site, node) : kind.blank(site, node)];
  });
  return Object.fromEntries(entries) as NodeFacts;
}

/** What a node answers in a case. */
export function answersOf({ like, given = {} }: Case, node: NodeName): ProbeOutputs {
  const bases = (like === undefined ? [] : [like].flat()).map(
    (name) => parseYaml(readFileSync(join(here, 'bases', `${name}.yaml`), 'utf8')) as Given,
  );
  const layers = [...bases, given].flatMap((layer) => [layer['all'], layer[node]]);
  const merged = Object.assign({}, ...layers) as Readonly<Record<string, GivenAnswer>>;
  return new Map(Object.entries(merged).map(([name, answer]) => [name, output(answer)]));
}

function output(answer: GivenAnswer): ProbeOutput {
  if (answer === 'lost') return { code: undefined, stdout: '', stderr: '' };
  const { code = 0, stderr = '' } = answer;
  if (!('fixture' in answer)) return { code, stdout: answer.stdout ?? '', stderr };
  let text = readFileSync(join(fixtures, answer.fixture), 'utf8');
  for (const [from, to] of Object.entries(answer.replace ?? {})) {
    if (!text.includes(from)) throw new Error(`${answer.fixture} does not contain ${from}`);
    text = text.replaceAll(from, to);
  }
  return { code, stdout: text, stderr };
}
