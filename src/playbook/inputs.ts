/** What a playbook is told by `--set`, held against its inputs: the value of each, or what is wrong with it. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import type { Site } from '../kinds/site.ts';
import type { Input, Playbook } from './playbook.ts';
import { mistake } from './problem.ts';
import { readValue, type Value } from './values.ts';

export type Values = ReadonlyMap<string, Value>;

/** `told`: `name=value`, each as it was written. */
export function inputValues(
  { inputs }: Playbook,
  told: readonly string[],
  site: Site,
): { readonly values: Values; readonly found: readonly Diagnostic[] } {
  const found: Diagnostic[] = [];
  const texts = new Map<string, string>();
  for (const word of told) {
    const [, name = '', text] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (text === undefined)
      found.push(mistake('playbook/bad-input', undefined, `\`--set ${word}\` is not \`NAME=VALUE\`.`));
    else if (!Object.hasOwn(inputs, name)) found.push(unknownInput(name, Object.keys(inputs)));
    else if (texts.has(name)) found.push(mistake('playbook/bad-input', undefined, `\`${name}\` is set twice.`));
    else texts.set(name, text);
  }
  const values = new Map<string, Value>();
  for (const [name, input] of Object.entries(inputs)) {
    const text = texts.get(name) ?? input.default?.text;
    if (text === undefined) {
      found.push(missingInput(name, input));
      continue;
    }
    const read = readValue(input.type, text, site);
    const at = texts.has(name) ? undefined : input.default?.at;
    if ('value' in read) values.set(name, read.value);
    else found.push(mistake('playbook/bad-input', at, `\`${name}\` is \`${text}\`; it ${read.why}.`, read.help));
  }
  return { values, found };
}

function unknownInput(name: string, inputs: readonly string[]): Diagnostic {
  const known = inputs.length === 0 ? 'It has no inputs.' : `Its inputs are ${inputs.join(', ')}.`;
  const help = didYouMean(suggestFrom(inputs)(name)) ?? known;
  return mistake('playbook/unknown-input', undefined, `The playbook has no input \`${name}\`.`, help);
}

function missingInput(name: string, { type }: Input): Diagnostic {
  const detail = `\`${name}\` (${type}) is not set.`;
  return mistake('playbook/missing-input', undefined, detail, `\`--set ${name}=VALUE\``);
}
