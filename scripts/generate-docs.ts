/** `node --import tsx scripts/generate-docs.ts`: writes what is made from the schema, the command line and the sources. Tests say when it is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inventorySchema } from '../src/inventory/index.ts';
import { kinds } from '../src/kinds/registry.ts';
import { shippedNames } from '../src/playbook/find.ts';
import { vocabularyOf } from '../src/playbook/playbook.ts';
import { playbookSchema } from '../src/playbook/schema.ts';
import { shippedTemplates } from '../src/template/files.ts';
import { renderCli } from './cli-reference.ts';
import { diagnosticCodes } from './diagnostic-codes.ts';
import { renderDiagnostics } from './diagnostics-reference.ts';
import { renderReference } from './inventory-reference.ts';
import { renderPlaybooks } from './playbook-reference.ts';
import { readSources } from './walls.ts';

const root = new URL('..', import.meta.url);
const example = readFileSync(new URL('examples/two-node/inventory.yaml', root), 'utf8');
writeFileSync(new URL('inventory.schema.json', root), `${JSON.stringify(inventorySchema, null, 2)}\n`);

const words = vocabularyOf(kinds);
writeFileSync(new URL('playbook.schema.json', root), `${JSON.stringify(playbookSchema(words), null, 2)}\n`);
const playbooks = new URL('docs/playbooks.md', root);
writeFileSync(playbooks, renderPlaybooks(readFileSync(playbooks, 'utf8'), words, await shippedNames()));
writeFileSync(new URL('docs/inventory.md', root), renderReference(inventorySchema, example, shippedTemplates()));

const page = new URL('docs/cli.md', root);
writeFileSync(page, await renderCli(readFileSync(page, 'utf8')));
writeFileSync(
  new URL('docs/diagnostics.md', root),
  renderDiagnostics(diagnosticCodes(readSources(fileURLToPath(root)))),
);
