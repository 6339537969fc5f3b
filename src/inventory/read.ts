/** The files of an inventory: one YAML file, or all YAML files of a folder in the order of their names. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic.ts';
import { unreadable } from './problem.ts';
import { plainText, type Source, source } from './source.ts';

export interface Files {
  /** Where they are: what relative paths in them count from. Absolute. */
  readonly folder: string;
  readonly sources: readonly Source[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Hidden files are left out: editors keep half-written copies under such names. */
export async function readFiles(path: string): Promise<Files> {
  try {
    if (!(await stat(path)).isDirectory()) return together(dirname(path), [await readSource(path)]);
    const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    if (names.length > 0) return together(path, await Promise.all(names.map((name) => readSource(join(path, name)))));
    return together(path, [unreadable(`${plainText(path)} is a folder without any *.yaml or *.yml file.`)]);
  } catch (cause) {
    return together(path, [notRead(path, cause)]);
  }
}

export async function readSource(file: string): Promise<Source | Diagnostic> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    return source(plainText(file), text);
  } catch (cause) {
    return cause instanceof TypeError ? unreadable(`${plainText(file)} is not text in UTF-8.`) : notRead(file, cause);
  }
}

function notRead(file: string, cause: unknown): Diagnostic {
  const why = cause instanceof Error ? cause.message : String(cause);
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  if (!missing) return unreadable(`${plainText(file)}: ${plainText(why)}`);
  return unreadable(
    `${plainText(file)} does not exist.`,
    'Name the file with `--inventory FILE`, or begin with examples/two-node/inventory.yaml.',
  );
}

function together(folder: string, read: readonly (Source | Diagnostic)[]): Files {
  return {
    folder: resolve(folder),
    sources: read.filter((one): one is Source => 'lines' in one),
    diagnostics: read.filter((one): one is Diagnostic => 'severity' in one),
  };
}
