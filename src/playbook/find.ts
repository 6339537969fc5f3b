/** Where playbooks are: those that come with sanctl, by name, and anybody's own, by path. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { readSource } from '../inventory/read.ts';
import { plainText, type Source } from '../inventory/source.ts';
import { didYouMean, suggestFrom } from '../inventory/suggest.ts';
import { mistake, ofPlaybook } from './problem.ts';

const shipped = fileURLToPath(new URL('../../playbooks', import.meta.url));

export async function shippedNames(): Promise<readonly string[]> {
  const files = await readdir(shipped);
  return files.flatMap((file) => /^(.*)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** `vm-stop`, or a path: what holds a slash or ends in `.yaml` or `.yml`. */
export async function findPlaybook(word: string): Promise<Result<Source>> {
  if (/\/|\.ya?ml$/.test(word)) return read(word);
  const names = await shippedNames();
  return names.includes(word) ? read(join(shipped, `${word}.yaml`)) : failed(unknown(word, names));
}

async function read(path: string): Promise<Result<Source>> {
  const found = await readSource(path);
  return 'severity' in found ? failed(ofPlaybook(found)) : ok(found);
}

function unknown(word: string, names: readonly string[]): Diagnostic {
  const help =
    didYouMean(suggestFrom(names)(word)) ??
    `\`sanctl run --list\` shows them. Your own is named by its path: \`./${plainText(word)}.yaml\`.`;
  return mistake(
    'playbook/unreadable',
    undefined,
    `No playbook called \`${plainText(word)}\` comes with sanctl.`,
    help,
  );
}
