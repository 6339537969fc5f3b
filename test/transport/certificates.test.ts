/** Certificates as they travel: made by `sanctl certificates make`, named by the inventory, read when they are needed. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadInventory } from '../../src/inventory/index.ts';
import { authoritySecret, certificateSecret } from '../../src/kinds/export/wire.ts';
import { makeCertificates } from '../../src/transport/certificates.ts';
import { secretsOf } from '../../src/transport/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('those of an example reach its nodes whole', async () => {
  cpSync('examples/hardened-export/inventory.yaml', join(folder, 'inventory.yaml'));
  const loaded = await loadInventory(join(folder, 'inventory.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  const { secrets: sources, certificates } = loaded.value.site;
  const wish = { name: 'data', server: 'alpha', clients: ['bravo'] };
  expect(await makeCertificates(certificates, wish)).toMatchObject({ ok: true });
  const files = new Map([
    [authoritySecret('data'), 'authority.pem'],
    ...['alpha', 'bravo'].flatMap((node) =>
      (['pem', 'key'] as const).map((part) => [certificateSecret('data', node, part), `${node}.${part}`] as const),
    ),
  ]);
  const secrets = secretsOf(sources);
  expect(await secrets.load(files.keys())).toMatchObject({ ok: true });
  for (const [name, file] of files)
    expect(`${secrets.value(name)}\n`).toBe(readFileSync(join(certificates, 'data', file), 'utf8'));
});
