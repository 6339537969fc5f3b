/** What the schema does not allow, in words for people and with the place. */
import type { Diagnostic } from '../diagnostic.ts';
import { durationPattern } from '../quantity.ts';
import { withoutText } from './present.ts';
import { mistake } from './problem.ts';
import { laterKeys } from './schema/index.ts';
import { sizeFormats } from './schema/size.ts';
import { plainText } from './source.ts';
import { didYouMean, suggestFrom } from './suggest.ts';
import { isSecret, type Locate, type Path } from './tree.ts';
import type { Violation } from './validate.ts';

/** What is explained: how people call it, and the keys that it will have one day, as `laterKeys`. */
export interface Explained {
  readonly name: string;
  readonly later: Readonly<Record<string, readonly string[]>>;
}

export const inventoryItself: Explained = { name: 'The inventory', later: laterKeys };

/** One diagnostic for each mistake: a misspelt key is not also a missing one, and a value is refused once. */
export function explain(
  violations: readonly Violation[],
  locate: Locate,
  whole: Explained = inventoryItself,
): readonly Diagnostic[] {
  const misspelt = new Set(violations.filter(isUnknownKey).map((one) => keyText(one.path, meantKey(one))));
  const told = new Set<string>();
  const first = violations.filter((one) => {
    const about = one.key === undefined ? JSON.stringify(one.path) : keyText(one.path, one.key);
    const again = told.has(about) || (one.keyword === 'required' && misspelt.has(about));
    told.add(about);
    return !again;
  });
  return first.map((one) => explainOne(one, locate, whole));
}

function isUnknownKey(one: Violation): boolean {
  return one.keyword === 'additionalProperties';
}

function keyText(path: Path, key: string | undefined): string {
  return JSON.stringify([...path, [key]]);
}

/** The known key that is nearest to an unknown one. */
function meantKey({ key = '', schema }: Violation): string | undefined {
  return suggestFrom(Object.keys(schema['properties'] ?? {}))(key);
}

/** `volumes.web-root.size`, harmless on a terminal. */
export function pathText(path: Path): string {
  return plainText(path.join('.'));
}

function explainOne(one: Violation, locate: Locate, whole: Explained): Diagnostic {
  if (isUnknownKey(one)) return unknownKey(one, locate, whole);
  if (one.keyword === 'required') return missingKey(one.path, one.key ?? '', locate, undefined, whole);
  if (one.key !== undefined) {
    const detail = `\`${plainText(one.key)}\` is not ${String(one.schema['patternErrorMessage'])}.`;
    return mistake('inventory/wrong-value', locate.key(...one.path, one.key), detail);
  }
  if (isInlineSecret(one)) return inlineSecret(one.path, locate);
  return one.keyword === 'type' ? wrongType(one, locate, whole) : wrongValue(one, locate);
}

export function missingKey(
  path: Path,
  key: string,
  locate: Locate,
  help?: string,
  whole: Explained = inventoryItself,
): Diagnostic {
  const owner = path.length === 0 ? whole.name : `\`${pathText(path)}\``;
  return mistake('inventory/missing-key', locate.key(...path), `${owner} has no \`${key}\`.`, help);
}

function unknownKey(one: Violation, locate: Locate, { later }: Explained): Diagnostic {
  const { path, key = '', schema } = one;
  const at = locate.key(...path, key);
  const parent = path.length === 2 ? `${path[0]}/*` : path.join('/');
  const name = `\`${pathText([...path, key])}\``;
  if (later[parent]?.includes(key) === true)
    return mistake('inventory/not-supported', at, `${name} comes with a later version.`, 'Leave it out for now.');
  const meant = meantKey(one);
  const help = didYouMean(meant) ?? `Known here: ${Object.keys(schema['properties'] ?? {}).join(', ')}.`;
  const hidden = meant !== undefined && isSecret([meant]);
  return mistake('inventory/unknown-key', hidden ? withoutText(at) : at, `${name} is not known.`, help);
}

/** A text where only a reference to a secret may stand: perhaps the secret itself. */
function isInlineSecret({ path, keyword, value }: Violation): boolean {
  if (keyword !== 'type' && keyword !== 'pattern') return false;
  const isSource =
    path[0] === 'secrets' ? path.length === 2 : /^(secret|sudoPassword|password)$/.test(String(path.at(-1)));
  return isSource && value !== null && typeof value !== 'object';
}

export function inlineSecret(path: Path, locate: Locate): Diagnostic {
  const detail = `\`${pathText(path)}\` holds a text that is no reference to a secret. The value of a secret never stands in an inventory.`;
  return mistake(
    'inventory/inline-secret',
    locate.value(...path),
    detail,
    'Say where it is: `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, WORD] }`.',
  );
}

function wrongType(one: Violation, locate: Locate, whole: Explained): Diagnostic {
  const { path, rule, schema, value } = one;
  const wanted = [rule].flat().map((type) => typeNames[String(type)] ?? String(type));
  const detail = `\`${pathText(path) || whole.name}\` is ${typeOf(value)}; it must be ${wanted.join(' or ')}.`;
  const inSection = typeof value === 'string' && Object.hasOwn(schema['properties'] ?? {}, 'size') && !isSecret(path);
  const help = inSection
    ? `As a section: \`{ size: ${brief(value)} }\`.`
    : (typeHelp([rule].flat(), value, schema) ?? numberHelp(one));
  return mistake('inventory/wrong-type', locate.value(...path), detail, help);
}

function typeHelp(wanted: readonly unknown[], value: unknown, schema: Violation['schema']): string | undefined {
  const isWord = typeof value === 'number' || typeof value === 'boolean';
  if (isWord && wanted.includes('string')) return wordHelp(value, schema);
  const isNumber = typeof value === 'string' && /^\d+$/.test(value);
  return isNumber && wanted.some((type) => type === 'integer' || type === 'number')
    ? 'Take the quotes away.'
    : undefined;
}

/** In quotes it would be a text, which for what has a unit is not enough. */
function wordHelp(value: number | boolean, { format, pattern }: Violation['schema']): string {
  if (typeof value === 'boolean') return 'Put it in quotes.';
  if (String(format) in sizeFormats) return `A size has a unit: \`${value}GiB\`.`;
  const isTime = String(pattern).includes(durationPattern);
  return isTime ? `A time has a unit: \`${value}s\`.` : 'Put it in quotes.';
}

/** `22x`: what a number looks like there. */
function numberHelp({ path, rule, schema }: Violation): string | undefined {
  const [example] = [schema['examples'] ?? schema['default'] ?? schema['const']].flat();
  return rule === 'integer' && example !== undefined ? `For example \`${path.at(-1)}: ${example}\`.` : undefined;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
};

function typeOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return 'a number';
  return typeNames[typeof value] ?? typeof value;
}

function wrongValue(one: Violation, locate: Locate): Diagnostic {
  const { path, rule, value } = one;
  const shown = isSecret(path) || typeof value === 'object' ? '' : ` is \`${brief(value)}\`; it`;
  const options = Array.isArray(rule) ? rule.map(String) : [];
  const help = typeof value === 'string' && !isSecret(path) ? didYouMean(suggestFrom(options)(value)) : undefined;
  return mistake(
    'inventory/wrong-value',
    locate.value(...path),
    `\`${pathText(path)}\`${shown} must ${demand(one)}.`,
    help,
  );
}

/** What is demanded, by keyword; the schema uses no others. */
function demand({ keyword, rule, schema }: Violation): string {
  switch (keyword) {
    case 'pattern':
      return `be ${schema['patternErrorMessage']}`;
    case 'format':
      return `be ${sizeFormats[String(rule)]?.what ?? schema['patternErrorMessage']}`;
    case 'enum':
      return `be one of ${[rule].flat().join(', ')}`;
    case 'const':
      return `be ${rule}`;
    case 'minimum':
      return `be at least ${rule}`;
    case 'maximum':
      return `be at most ${rule}`;
    case 'minProperties':
    case 'maxProperties':
      return schema['maxProperties'] === 1
        ? `have exactly one of ${Object.keys(schema['properties'] ?? {}).join(', ')}`
        : `have at least ${rule} entry`;
    case 'minItems':
      return `have at least ${rule} ${rule === 1 ? 'entry' : 'entries'}`;
    case 'maxItems':
      return `have at most ${rule} ${rule === 1 ? 'entry' : 'entries'}`;
    default:
      throw new Error(`no words for the schema keyword ${keyword}`);
  }
}

/** A value as it may stand in a message. */
export function brief(value: unknown): string {
  const text = plainText(String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
