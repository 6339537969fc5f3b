/** An example as a folder inventory: the example's own text, with the nodes of a lab in place of its nodes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** What may be turned for a test: `{ volumes: { 'web-root': { size: '320MiB' } } }`. A value of null removes the key. */
export interface Changes {
  readonly [key: string]: Changes | string | number | boolean | null | readonly (Changes | string)[];
}

/** Writes `nodes.yaml` and `site.yaml` into the folder. */
export function writeExample(folder: string, nodes: string, changes: Changes = {}, example = 'two-node'): void {
  const site = parseDocument(readFileSync(join('examples', example, 'inventory.yaml'), 'utf8'));
  site.delete('nodes');
  apply(changes, []);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'nodes.yaml'), nodes, { mode: 0o600 });
  writeFileSync(join(folder, 'site.yaml'), site.toString(), { mode: 0o600 });

  function apply(level: Changes, path: readonly string[]): void {
    for (const [key, value] of Object.entries(level)) {
      const at = [...path, key];
      if (value === null) site.deleteIn(at);
      else if (typeof value === 'object' && !Array.isArray(value) && site.hasIn(at)) apply(value as Changes, at);
      else site.setIn(at, site.createNode(value));
    }
  }
}
