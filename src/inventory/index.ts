/** What should be: read, held against the schema, checked for sense, resolved. All mistakes in one run. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import { checkAll } from './checks/index.ts';
import type { Names, Section, Subject } from './checks/subject.ts';
import { inventoryItself } from './explain.ts';
import { hold } from './hold.ts';
import { merge } from './merge.ts';
import { conceal, inOrder } from './present.ts';
import { unreadable } from './problem.ts';
import { readFiles } from './read.ts';
import type { InventorySpec } from './schema/index.ts';
import { resolve } from './site.ts';
import { type Source, source } from './source.ts';
import { suggestFrom } from './suggest.ts';
import { isFields, type Tree } from './tree.ts';
import { validateInventory } from './validate.ts';
import { parseYaml } from './yaml.ts';

export { inventorySchema } from './schema/index.ts';

export interface Inventory {
  readonly site: Site;
  /** The files it was read from, in order. */
  readonly files: readonly string[];
}

/** `path`: one YAML file, or a folder whose *.yaml and *.yml files make one inventory together. */
export async function loadInventory(path: string): Promise<Result<Inventory>> {
  const { sources, folder, diagnostics } = await readFiles(path);
  if (hasErrors(diagnostics)) return failed(...diagnostics);
  const files = sources.map((one) => one.file);
  const { site, found } = understand(sources, folder);
  const shown = conceal(inOrder(found, files));
  return site === undefined ? { ok: false, diagnostics: shown } : ok({ site, files }, shown);
}

/** The text of an inventory that is not in a file yet; `folder`: what its relative paths count from. */
export function readInventory(text: string, file: string, folder: string): Result<Inventory> {
  const { site, found } = understand([source(file, text)], folder);
  const shown = conceal(inOrder(found, [file]));
  return site === undefined ? { ok: false, diagnostics: shown } : ok({ site, files: [file] }, shown);
}

interface Understood {
  /** Undefined when there are errors. */
  readonly site?: Site;
  readonly found: readonly Diagnostic[];
}

const fatal = new Set(['inventory/syntax', 'inventory/too-deep']);

function understand(sources: readonly Source[], folder: string): Understood {
  const parsed = sources.map(parseYaml);
  const broken = parsed.flatMap((one) => one.diagnostics);
  const [first, ...others] = parsed.flatMap((one) => one.tree ?? []);
  // What a broken document still yields would only give rise to mistakes that nobody made.
  if (broken.some((one) => fatal.has(one.code))) return { found: broken };
  const names = sources.map((one) => one.file).join(', ');
  if (first === undefined) return { found: [...broken, unreadable(`${names}: there is nothing in it.`)] };
  const whole = merge(first, others);
  const { data, found } = checkTree(whole.tree);
  const all = [...broken, ...whole.diagnostics, ...found];
  // The schema has allowed everything, and nothing was taken out.
  return hasErrors(all) ? { found: all } : { site: resolve(data as InventorySpec, folder), found: all };
}

/** Text, schema, references: each looks at what the one before has left. */
function checkTree(tree: Tree): { readonly data: unknown; readonly found: readonly Diagnostic[] } {
  const { data, draft, locate, found } = hold<InventorySpec>(tree, validateInventory, inventoryItself);
  return { data, found: [...found, ...checkAll({ draft, names: namesIn(tree), locate })] };
}

function namesIn(tree: Tree): Subject['names'] {
  const names = (section: Section): Names => {
    const entries = isFields(tree.value) ? tree.value.get(section)?.tree.value : undefined;
    const known = new Set(entries !== undefined && isFields(entries) ? entries.keys() : []);
    return { known, suggest: suggestFrom(known) };
  };
  return {
    nodes: names('nodes'),
    volumeGroups: names('volumeGroups'),
    volumes: names('volumes'),
    images: names('images'),
    exports: names('exports'),
    arrays: names('arrays'),
    vms: names('vms'),
    secrets: names('secrets'),
  };
}
