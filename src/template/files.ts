/** Where templates lie: the user's folder first, file by file, then the ones that come with sanctl. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemplateSource } from './render.ts';

const shipped = fileURLToPath(new URL('../../templates', import.meta.url));

/** `templates/` beside the inventory overrides; a file that is there but cannot be read is an error, not a fallback. */
export function templateFiles(userFolder?: string): TemplateSource {
  return (name) => (userFolder === undefined ? undefined : read(userFolder, name)) ?? read(shipped, name);
}

function read(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, `${name}.hbs`), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}
