/** Holds data against the schema: the door to ajv. */
import { isIP } from 'node:net';
import { Ajv, type ErrorObject } from 'ajv';
import { inventorySchema } from './schema/index.ts';
import { sizeFormats } from './schema/size.ts';
import type { Path } from './tree.ts';

/** What the schema does not allow, in the words of the schema. */
export interface Violation {
  readonly path: Path;
  /** `required`, `pattern`, `type` … (draft-07). */
  readonly keyword: string;
  /** What the keyword says: the type, the pattern, the list of values, the smallest number … */
  readonly rule: unknown;
  /** The whole part of the schema around the keyword. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  /** The key that is unknown or missing, or whose name is refused. */
  readonly key?: string;
}

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true, useDefaults: true });
ajv.addVocabulary(['patternErrorMessage']);
ajv.addFormat('ip', (text) => isIP(text) !== 0);
for (const [name, format] of Object.entries(sizeFormats)) ajv.addFormat(name, format.holds);

/** All violations. Fills the schema's defaults into `data`. */
export type Validate = (data: unknown) => readonly Violation[];

export function validator(schema: object): Validate {
  const check = ajv.compile(schema);
  return (data) => (check(data) ? [] : (check.errors ?? []).filter(isOwn).map(violation));
}

export const validateInventory = validator(inventorySchema);

/** Beside the mistake in a name stands one that says only that there is one. */
function isOwn({ keyword }: ErrorObject): boolean {
  return keyword !== 'propertyNames';
}

function violation(one: ErrorObject): Violation {
  const key = one.propertyName ?? one.params['additionalProperty'] ?? one.params['missingProperty'];
  return {
    path: pathOf(one.instancePath),
    keyword: one.keyword,
    rule: one.schema,
    schema: isRecord(one.parentSchema) ? one.parentSchema : {},
    value: one.data,
    ...(typeof key === 'string' && { key }),
  };
}

/** A JSON pointer (RFC 6901). Numbers stay texts: a tree finds list items by either. */
function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
