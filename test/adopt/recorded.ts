/** What real tools printed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

export function recorded(path: string): string {
  return readFileSync(`${folder}${path}.txt`, 'utf8');
}
