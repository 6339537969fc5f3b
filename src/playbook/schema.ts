/** The schema of a playbook, from the verbs of the kinds: what validation and editors (`playbook.schema.json`) are made from. */
import type { Check, Verb } from '../kinds/verb.ts';
import type { Vocabulary, Word } from './playbook.ts';
import { argumentTypes, isNumber } from './values.ts';

/** Words of a playbook as they are written, once the schema has allowed them. */
export interface PlaybookSpec {
  readonly playbook: string;
  readonly summary: string;
  readonly inputs: Readonly<Record<string, string | InputSpec>>;
  readonly require: readonly CallSpec[];
  readonly steps: readonly (CallSpec & { readonly undo?: string })[];
  readonly verify: readonly CallSpec[];
}
export interface InputSpec {
  readonly type: string;
  readonly default?: string | number;
}
export type CallSpec = Readonly<Record<string, string | Readonly<Record<string, string | number>>>>;

export function playbookSchema({ verbs, checks }: Vocabulary) {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'sanctl playbook',
    description: 'What is to be done, as verbs in their order.',
    type: 'object',
    properties: {
      playbook: {
        type: 'string',
        pattern: '^[a-z][a-z0-9-]{0,63}$',
        patternErrorMessage: 'a name: small letters, digits and -, at most 64, beginning with a letter',
        description: 'Its name.',
      },
      summary: { type: 'string', description: 'What it does, in one line.' },
      inputs: {
        type: 'object',
        propertyNames: {
          type: 'string',
          pattern: '^[a-z][A-Za-z0-9]{0,31}$',
          patternErrorMessage: 'the name of an input: letters and digits, at most 32, beginning with a small letter',
        },
        additionalProperties: input,
        default: {},
        description: 'What it is told by `--set NAME=VALUE`. `$NAME` stands for it further down.',
      },
      require: { ...calls(checks), description: 'What must hold before anything is touched.' },
      steps: { ...acts(verbs), description: 'What is done, one after the other.' },
      verify: { ...calls(checks), description: 'What must hold at the end, by a new look.' },
    },
    required: ['playbook', 'summary', 'steps'],
    additionalProperties: false,
  } as const;
}

const typeName = {
  pattern: `^(${argumentTypes.join('|')})$`,
  patternErrorMessage: `one of ${argumentTypes.join(', ')}`,
} as const;

const input = {
  type: ['string', 'object'],
  ...typeName,
  properties: {
    type: { type: 'string', ...typeName },
    default: { type: ['string', 'integer'], description: 'Stands for it where nothing is set.' },
  },
  required: ['type'],
  additionalProperties: false,
  description: 'Its type, or its type and a default.',
} as const;

function calls(words: ReadonlyMap<string, Word<Check>>) {
  const items = {
    type: 'object',
    properties: properties(words),
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
  return { type: 'array', items, default: [] };
}

function acts(words: ReadonlyMap<string, Word<Verb>>) {
  const undo = {
    type: 'string',
    enum: [...words.keys()],
    description: 'Planned from a new look when this step began and the playbook did not come to its end.',
  };
  const items = {
    type: 'object',
    properties: { ...properties(words), undo },
    additionalProperties: false,
    minProperties: 1,
  };
  return { type: 'array', minItems: 1, items };
}

function properties(words: ReadonlyMap<string, Word<Verb | Check>>) {
  return Object.fromEntries([...words].map(([name, { verb }]) => [name, call(verb)]));
}

function call({ summary, takes }: Verb | Check) {
  const parameters = Object.entries(takes).map(([name, { type, means }]) => [
    name,
    { type: isNumber(type) ? ['string', 'integer'] : 'string', description: means },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(parameters),
    required: Object.keys(takes),
    additionalProperties: false,
    description: summary,
  };
}
