/** Where templates lie: the user's folder first, file by file, then the ones that come with sanctl. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateSource } from './render.ts';

const shipped = fileURLToPath(new URL('../../templates', import.meta.url));

/** `templates/` beside the inventory overrides; a file that is there but cannot be read is an error, not a fallback. */
export function templateFiles(userFolder?: string): TemplateSource {
  return (name) => (userFolder === undefined ? undefined : read(userFolder, name)) ?? read(shipped, name);
}

/** `drbd/resource-9.res.hbs`, …: those that come with sanctl. */
export function shippedTemplates(): readonly string[] {
  return templatesIn(shipped);
}

/** Templates in the user's folder that replace none of ours: misspelt, they would be ignored in silence. */
export function strangeTemplates(userFolder: string): readonly string[] {
  const known = new Set(shippedTemplates());
  return existsSync(userFolder) ? templatesIn(userFolder).filter((name) => !known.has(name)) : [];
}

function templatesIn(folder: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => name.endsWith('.hbs')).sort();
}

function read(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, `${name}.hbs`), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** What the pages of `sanctl ui` are made of; nobody else's folder replaces them. */
export function pageFile(name: string): string {
  return readFileSync(join(shipped, 'ui', name), 'utf8');
}
