/** What is made from the schema is up to date, and the examples are as good as they look. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderReference } from '../../scripts/inventory-reference.ts';
import { inventorySchema, loadInventory } from '../../src/inventory/index.ts';
import { shippedTemplates } from '../../src/template/files.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

test('inventory.schema.json (`node --import tsx scripts/generate-docs.ts` writes it)', () => {
  expect(read('inventory.schema.json')).toBe(`${JSON.stringify(inventorySchema, null, 2)}\n`);
});

test('docs/inventory.md (the same command writes it)', () => {
  expect(read('docs/inventory.md')).toBe(
    renderReference(inventorySchema, read('examples/two-node/inventory.yaml'), shippedTemplates()),
  );
});

test('every key has a description', () => {
  const silent: string[] = [];
  walk(inventorySchema, '', silent);
  expect(silent).toEqual([]);
});

function walk(schema: unknown, path: string, silent: string[]): void {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties')
      for (const [name, field] of Object.entries(value as Record<string, { description?: string }>))
        if (!field.description) silent.push(`${path}.${name}`);
    walk(value, `${path}.${key}`, silent);
  }
}

test.each([
  ['two-node', ['web'], [], []],
  ['cluster', ['web', 'mail', 'builder'], [], []],
  ['backup-pool', [], ['slice-a', 'slice-b', 'slice-c'], ['backup']],
  ['san', ['web', 'mail', 'legacy'], ['isos', 'vmimage001'], []],
  ['hardened-export', ['ledger'], ['data', 'far'], ['spool']],
  ['iscsi-multipath', [], ['lun-a', 'lun-b', 'archive'], ['production']],
])('the example %s is valid, without a warning', async (example, vms, exports, arrays) => {
  const result = await loadInventory(new URL(`examples/${example}/inventory.yaml`, root).pathname);
  expect(result.diagnostics).toEqual([]);
  const site = result.ok ? result.value.site : undefined;
  const names = [site?.vms, site?.exports, site?.arrays].map((all) => Object.keys(all ?? {}));
  expect(names).toEqual([vms, exports, arrays]);
});

test('every example is one of these', () => {
  expect(readdirSync(new URL('examples', root))).toHaveLength(6);
});
