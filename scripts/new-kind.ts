/** `npm run new-kind NAME`: a folder, a first case, a line in the registry, one in NodeFacts, and one for its drift. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [name = ''] = process.argv.slice(2);
if (!/^[a-z][A-Za-z]*$/.test(name))
  fail('usage: npm run new-kind NAME, where NAME is one word in camelCase, for example volumeGroup');

const folder = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
if (existsSync(`src/kinds/${folder}`)) fail(`src/kinds/${folder} is there already`);

const files: Readonly<Record<string, string>> = {
  [`src/kinds/${folder}/facts.ts`]: `/** What is known of ${name} on a node. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { known, type Reading, unknown } from '../reading.ts';

export interface ${type}Facts {
  readonly present: Reading<readonly string[]>;
}

/** Total: an answer that cannot be read is unknown, never absent (C5). */
export function parse(outputs: ProbeOutputs): ${type}Facts {
  const answer = outputs.get('${name}.list');
  if (answer?.code !== 0) return { present: unknown('the list could not be read') };
  return { present: known(answer.stdout.split('\\n').filter((line) => line !== '')) };
}
`,
  [`src/kinds/${folder}/steps.ts`]: `/** From what is to what should be. Pure; no steps: as wished. */
import { error } from '../../diagnostic.ts';
import type { Thing } from '../kind.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';

export interface ${type}Want {
  readonly name: string;
}

export function plan(thing: Thing<${type}Want>, world: World): Verdict {
  const [node = ''] = thing.nodes;
  const { present } = world.have('${name}', node);
  if (!present.known) return refuse(error('${name}/unknown', 'Cannot tell what is there', \`\${node}: \${present.why}.\`));
  if (present.value.includes(thing.want.name)) return asWished;
  return refuse(error('${name}/unsupported', 'No steps are written yet', \`\${thing.want.name} is not on \${node}.\`));
}
`,
  [`src/kinds/${folder}/index.ts`]: `/** The kind \`${name}\`. */
import type { Kind } from '../kind.ts';
import { known } from '../reading.ts';
import { type ${type}Facts, parse } from './facts.ts';
import { plan, type ${type}Want } from './steps.ts';

export const ${name}: Kind<${type}Want, ${type}Facts> = {
  name: '${name}',
  summary: 'one sentence for \`sanctl kinds\`',
  expand: () => [],
  probes: () => [{ name: '${name}.list', command: { argv: ['true'] } }],
  parse,
  blank: () => ({ present: known([]) }),
  stable: (have) => have,
  plan,
};
`,
  [`test/kinds/${folder}/${folder}.yaml`]: `about: nothing asks for a ${name} yet
like: fresh
steps: []
`,
};

// All places are found before anything is written: half a kind would have to be taken out by hand.
const changed = new Map([
  [
    'src/kinds/registry.ts',
    insert('src/kinds/registry.ts', [
      [/^(?=import .*'\.\/kind\.ts';$)/m, `import { ${name} } from './${folder}/index.ts';\n`],
      [/(?<=^export const kinds\b[^;]*),?\n?(?=\];$)/m, `, ${name}`],
    ]),
  ],
  [
    'src/health/drift.ts',
    insert('src/health/drift.ts', [
      [/(?=^\} as const;$)/m, `  'drift/${folder}': 'A ${name} is not as the inventory says',\n`],
    ]),
  ],
  [
    'src/kinds/world.ts',
    insert('src/kinds/world.ts', [
      [/^(?=import type \{ Site \})/m, `import type { ${type}Facts } from './${folder}/facts.ts';\n`],
      [/(?<=^export interface FactsByKind \{\n[^}]*)(?=\})/m, `  ${name}: ${type}Facts;\n`],
    ]),
  ],
]);
for (const [path, text] of Object.entries(files)) {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
}
for (const [path, text] of changed) writeFileSync(path, text);
// Where a line belongs among its neighbours, and where it is too long, depends on the name.
const sources = [...Object.keys(files), ...changed.keys()].filter((path) => path.endsWith('.ts'));
const tidied = spawnSync('node_modules/.bin/biome', ['check', '--write', ...sources], { encoding: 'utf8' });
if (tidied.status !== 0) fail(`${tidied.error?.message ?? `${tidied.stdout}${tidied.stderr}`}\nMade, and not tidied.`);
process.stdout.write(
  `Made ${Object.keys(files).join(', ')}; registered. Next: \`npm run docs\`, for its codes; docs/writing-a-kind.md.\n`,
);

function insert(path: string, places: readonly (readonly [at: RegExp, text: string])[]): string {
  return places.reduce(
    (before, [at, text]) => {
      if (!at.test(before)) fail(`${path} has no place for the new kind: ${at}; nothing was written`);
      return before.replace(at, text);
    },
    readFileSync(path, 'utf8'),
  );
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
