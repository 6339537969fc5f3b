/** Golden files: what a person sees, kept and reviewed. `npm run golden` rewrites them; look at the diff. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

const folder = new URL('./golden/', import.meta.url).pathname;

/** Holds `text` against test/golden/`name`. */
export function expectGolden(name: string, text: string): void {
  const file = join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file), `${name} is missing: npm run golden`).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
}
