/** From the text of a playbook to the playbook, or all that is wrong with it: YAML, schema, verbs, inputs. Pure. */
import { type Diagnostic, hasErrors, ok, type Place, type Result } from '../diagnostic.ts';
import { hold } from '../inventory/hold.ts';
import { conceal, inOrder } from '../inventory/present.ts';
import type { Source } from '../inventory/source.ts';
import type { Locate } from '../inventory/tree.ts';
import { validator } from '../inventory/validate.ts';
import { parseYaml } from '../inventory/yaml.ts';
import { build, type Draft } from './build.ts';
import { problemsOf } from './check.ts';
import type { Playbook, Vocabulary } from './playbook.ts';
import { mistake, ofPlaybook } from './problem.ts';
import { type PlaybookSpec, playbookSchema } from './schema.ts';

export function readPlaybook(source: Source, words: Vocabulary): Result<Playbook> {
  const { tree, diagnostics } = parseYaml(source);
  const broken = diagnostics.map(ofPlaybook);
  if (tree === undefined) {
    const empty = mistake('playbook/unreadable', undefined, `${source.file}: there is nothing in it.`);
    return { ok: false, diagnostics: hasErrors(broken) ? broken : [empty] };
  }
  const { draft, locate, found } = hold<PlaybookSpec>(tree, validator(playbookSchema(words)), itself);
  const playbook = build(draft, words, locate);
  const strangers = misplaced(draft, words, locate);
  const refused = found.map(ofPlaybook).filter((one) => !strangers.some(({ at }) => isSame(at, one.at)));
  const steps = refused.length > 0 ? [] : withoutOneVerb(draft, words, locate);
  const wrong = problemsOf(playbook, (input) => locate.has('inputs', input));
  const all = conceal(inOrder([...broken, ...refused, ...strangers, ...steps, ...wrong], [source.file]));
  return hasErrors(all) ? { ok: false, diagnostics: all } : ok(playbook, all);
}

const itself = { name: 'The playbook', later: {} };

/** A check among the steps, a verb among the checks: known, but not there. */
function misplaced(draft: Draft, { verbs, checks }: Vocabulary, locate: Locate): readonly Diagnostic[] {
  const find = (
    list: 'require' | 'steps' | 'verify',
    strange: readonly string[],
    help: string,
  ): readonly Diagnostic[] =>
    [...(draft[list] ?? []).keys()].flatMap((at) =>
      strange
        .filter((name) => locate.has(list, at, name))
        .map((name) =>
          mistake('playbook/wrong-place', locate.key(list, at, name), `\`${name}\` stands in \`${list}\`.`, help),
        ),
    );
  const acts = 'It acts: it may stand in `steps`.';
  return [
    ...find('require', [...verbs.keys()], acts),
    ...find('steps', [...checks.keys()], 'It only checks: it may stand in `require` or `verify`.'),
    ...find('verify', [...verbs.keys()], acts),
  ];
}

function isSame(one: Place | undefined, other: Place | undefined): boolean {
  return one?.line === other?.line && one?.column === other?.column;
}

function withoutOneVerb(draft: Draft, { verbs }: Vocabulary, locate: Locate): readonly Diagnostic[] {
  return [...(draft.steps ?? []).entries()].flatMap(([at, item]) => {
    const count = Object.keys(item ?? {}).filter((name) => verbs.has(name)).length;
    if (item === undefined || count === 1) return [];
    const what = count === 0 ? 'has no verb' : `has ${count} verbs`;
    const help = 'A step is one verb, and perhaps its `undo`.';
    return [mistake('playbook/wrong-value', locate.key('steps', at), `\`steps.${at}\` ${what}.`, help)];
  });
}
