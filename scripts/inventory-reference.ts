/** docs/inventory.md from the schema: one table for each section, so that the reference cannot go stale. Pure. */
import { sizeFormats } from '../src/inventory/schema/size.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly patternErrorMessage?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

export function renderReference(schema: Schema, example: string, templates: readonly string[]): string {
  return `# The inventory

<!-- Made from the schema by \`node --import tsx scripts/generate-docs.ts\`; edit src/inventory/schema/ instead. -->

${schema.description ?? ''} One YAML file, or a folder whose \`*.yaml\` and \`*.yml\` files make one inventory together: sections are put
together entry by entry, and the same entry in two files is a mistake. \`sanctl check\` reports every mistake in one run;
\`sanctl schema\` prints the schema, and editors read it from \`inventory.schema.json\`.

- Sizes are \`512MiB\` or \`1.5GiB\`: KiB, MiB, GiB, TiB. Decimal units are refused, because \`1GB\` means two things to two people.
  A disk is ${sizeFormats['disk-size']?.what}; memory is ${sizeFormats['memory-size']?.what}.
- YAML 1.2 without tags and without \`<<\`; anchors and aliases are fine.
- No text holds control characters or begins with a hyphen. Each sort of name has a white list of its own.
- The value of a secret never stands in an inventory. Where a secret is needed stands its name, or its source on the spot.

${sections('', schema).join('\n')}
## Templates

A file in the folder \`templates\` beside the inventory replaces the one that comes with sanctl: ${templates.map((name) => `\`${name}\``).join(', ')}.

## A complete example

\`\`\`yaml
${example.trimEnd()}
\`\`\`
`;
}

/** The table of an object, then those of the objects in it. */
function sections(path: string, schema: Schema): readonly string[] {
  const fields = Object.entries(schema.properties ?? {});
  const title = path === '' ? '## Sections' : `## \`${path}\`\n\n${schema.description ?? ''}`;
  const rows = fields.map(([key, field]) => row(key, field, schema.required?.includes(key) === true));
  const table = `${title}\n\n| key | type | unless given | what it is |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  return [table, ...fields.flatMap(([key, field]) => inner(path === '' ? key : `${path}.${key}`, field))];
}

function inner(path: string, schema: Schema): readonly string[] {
  if (isSecret(schema)) return [];
  if (schema.properties !== undefined) return sections(path, schema);
  const named = schema.additionalProperties;
  if (typeof named === 'object' && named.properties !== undefined) return sections(`${path}.NAME`, named);
  return schema.items?.properties === undefined ? [] : sections(`${path}[]`, schema.items);
}

function row(key: string, schema: Schema, required: boolean): string {
  const missing = required ? '**required**' : showDefault(schema.default);
  const examples = (schema.examples ?? []).map((one) => `\`${yaml(one)}\``);
  const shown = examples.length === 0 ? '' : ` Example: ${examples.join(' or ')}.`;
  return `| \`${key}\` | ${cell(typeOf(schema))} | ${missing} | ${cell((schema.description ?? '') + shown)} |`;
}

function showDefault(value: unknown): string {
  const isEmpty =
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return isEmpty ? '' : `\`${yaml(value)}\``;
}

function typeOf(schema: Schema): string {
  if (isSecret(schema)) return 'name of a secret, or its source: see `secrets.NAME`';
  if (schema.const !== undefined) return `\`${yaml(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${yaml(one)}\``).join(', ');
  if (schema.format !== undefined) return formats[schema.format] ?? schema.format;
  if (schema.type === 'string' && schema.patternErrorMessage !== undefined) return schema.patternErrorMessage;
  const [type, second] = [schema.type ?? ''].flat();
  if (second !== undefined) return `${typeNames[type ?? ''] ?? type} or ${typeNames[second] ?? second}`;
  if (schema.minimum !== undefined) return `number, ${schema.minimum} to ${schema.maximum}`;
  return typeNames[type ?? ''] ?? String(type);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true or false',
  array: 'list',
  object: 'section',
};
const formats: Readonly<Record<string, string>> = {
  ip: 'IP address',
  'disk-size': 'size',
  'memory-size': 'size',
  rate: 'size',
  'chunk-size': 'size',
};

function isSecret(schema: Schema): boolean {
  return Array.isArray(schema.type) && schema.properties?.['env'] !== undefined;
}

/** Flow style as people write it, not JSON: quotes only where YAML needs them. */
function yaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return /^[0-9a-f:]{17}$/.test(String(value)) ? `"${value}"` : String(value);
  const fields = Object.entries(value).map(([key, one]) => `${key}: ${yaml(one)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
