/**
 * The walls of the house (CONTRIBUTING.md), held by a tool: `node --import tsx scripts/walls.ts` prints each breach as
 * `file:line: rule: what` and exits 1. Each rule is a pure function over the parsed sources; test/walls.test.ts shows
 * for each that it catches a mutant.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rules } from './walls/rules.ts';
import { type Breach, parseSource, type Source } from './walls/source.ts';

/** Path from the root (`src/view/plan.ts`) -> text. */
export type Texts = ReadonlyMap<string, string>;

export function breaches(texts: Texts): readonly Breach[] {
  const sources = new Map<string, Source>([...texts].map(([path, text]) => [path, parseSource(path, text)]));
  return rules.flatMap((rule) => rule(sources));
}

export function readSources(root: string): Texts {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return new Map(files.sort().map((file) => [`src/${file}`, readFileSync(join(root, 'src', file), 'utf8')]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = breaches(readSources(process.cwd()));
  for (const { file, line, rule, what } of found) process.stdout.write(`${file}:${line}: ${rule}: ${what}\n`);
  if (found.length > 0) process.exitCode = 1;
}
