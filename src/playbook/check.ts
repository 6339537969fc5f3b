/** What a schema cannot say of a playbook: that every input is there and of the right type, that every undo fits. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import type { Check, Verb } from '../kinds/verb.ts';
import type { Act, Call, Given, Playbook } from './playbook.ts';
import { mistake } from './problem.ts';
import { whyNever } from './values.ts';

/** `isWritten`: an input of this name stands there, be it refused or not. */
export function problemsOf(playbook: Playbook, isWritten: (input: string) => boolean): readonly Diagnostic[] {
  const { inputs, require, steps, verify } = playbook;
  const calls = [...require, ...steps, ...verify];
  return [
    ...Object.entries(inputs).flatMap(([name, input]) => {
      const why = input.default && whyNever(input.type, input.default.text);
      return why === undefined
        ? []
        : [mistake('playbook/wrong-value', input.default?.at, `The default of \`${name}\` ${why}.`)];
    }),
    ...calls.flatMap((call) =>
      Object.entries(call.given).flatMap((one) => argument(playbook, isWritten, call, ...one)),
    ),
    ...steps.flatMap(undo),
  ];
}

function argument(
  { inputs }: Playbook,
  isWritten: (input: string) => boolean,
  { name, verb }: Call<Verb | Check>,
  parameter: string,
  given: Given,
): readonly Diagnostic[] {
  const takes = verb.takes[parameter];
  if (takes === undefined) return [];
  const where = `\`${parameter}\` of ${name}`;
  if ('text' in given) {
    const why = whyNever(takes.type, given.text);
    return why === undefined ? [] : [mistake('playbook/wrong-value', given.at, `${where} ${why}.`)];
  }
  // `$toString` is no input, though every object answers to it.
  const input = Object.hasOwn(inputs, given.input) ? inputs[given.input] : undefined;
  if (input === undefined) return isWritten(given.input) ? [] : [unknownInput(given, where, Object.keys(inputs))];
  if (input.type === takes.type) return [];
  const detail = `${where} takes ${takes.type}; \`$${given.input}\` is ${input.type}.`;
  return [mistake('playbook/wrong-type', given.at, detail)];
}

function unknownInput(given: Extract<Given, { input: string }>, where: string, inputs: readonly string[]): Diagnostic {
  const meant = didYouMean(suggestFrom(inputs.map((one) => `$${one}`))(`$${given.input}`));
  const detail = `${where} is given \`$${given.input}\`, which \`inputs\` does not name.`;
  return mistake('playbook/unknown-input', given.at, detail, meant);
}

/** It gets what its step was given: all that it takes must be there, under the same name and of the same type. */
function undo({ name, verb, undo: back }: Act): readonly Diagnostic[] {
  const missing = Object.entries(back?.verb.takes ?? {}).filter(([one, { type }]) => verb.takes[one]?.type !== type);
  return missing.map(([parameter, { type }]) => {
    const detail = `\`${back?.name}\` takes \`${parameter}\` (${type}), which \`${name}\` is not given.`;
    return mistake('playbook/wrong-undo', back?.at, detail);
  });
}
