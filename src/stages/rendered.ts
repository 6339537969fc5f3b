/** The folder that `sanctl render` makes, and makes again: it removes what it wrote before, and never anything else. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { error, failed, ok, type Result } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import { hide } from '../template/content.ts';
import { writeFileAtomic } from '../transport/files.ts';

/** Lists what was written; a folder without it was not made by `sanctl render`. */
const marker = '.sanctl-rendered';

/** Writes every file of the plan with its secrets hidden; answers their paths below `folder`. */
export function writeRendered(folder: string, plan: Plan): Promise<Result<readonly string[]>> {
  return writeTexts(folder, filesOf(plan));
}

/** Texts by their path below `folder`. */
export async function writeTexts(
  folder: string,
  files: ReadonlyMap<string, string>,
): Promise<Result<readonly string[]>> {
  try {
    return await write(folder, files);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    const detail = (cause as Error).message;
    return failed(error('render/not-written', 'The files could not be written', detail, { help }));
  }
}

const help = 'Name a new or an empty folder with `--out`.';

async function write(folder: string, files: ReadonlyMap<string, string>): Promise<Result<readonly string[]>> {
  const before = await writtenBefore(folder);
  if (before === undefined) return failed(notOurs(folder));
  for (const path of before) if (!files.has(path)) await rm(join(folder, path), { force: true });
  // The list goes first: what a crash leaves half done is still known as ours.
  await makeFolder(folder);
  await writeFileAtomic(join(folder, marker), `${[...new Set([...before, ...files.keys()])].join('\n')}\n`, 0o644);
  for (const [path, text] of files) {
    await makeFolder(dirname(join(folder, path)));
    await writeFileAtomic(join(folder, path), text, 0o644);
  }
  return ok([...files.keys()]);
}

/** With the folders above it. Node's own `recursive` never ends where a folder is refused with ENOENT, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw cause;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** `alpha/etc/drbd.d/web-root.res` -> its text, sorted. */
export function filesOf(plan: Plan): ReadonlyMap<string, string> {
  const files = plan.steps.flatMap(({ node, actions }) =>
    actions.flatMap((action) =>
      action.do === 'write' ? [[join(node, resolve('/', action.path)), hide(action.content)] as const] : [],
    ),
  );
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Empty for a folder that is new or empty; undefined for one that holds what somebody else put there. */
async function writtenBefore(folder: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(folder);
    if (names.length === 0) return [];
    if (!names.includes(marker)) return undefined;
    const lines = (await readFile(join(folder, marker), 'utf8')).split('\n').filter((line) => line !== '');
    return lines.filter((path) => !path.startsWith('/') && !path.split('/').includes('..'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function notOurs(folder: string) {
  return error(
    'render/folder-in-use',
    'The folder holds other things',
    `${folder} is not empty and was not made by \`sanctl render\`. Nothing was written.`,
    { help },
  );
}
