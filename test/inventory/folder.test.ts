/** Inventories in several files. */
import { expect, test } from 'vitest';
import { loadInventory } from '../../src/inventory/index.ts';
import { complaints, good, lines, load } from './texts.ts';

/** The sections of an inventory as files of their own, each of which says its version. */
function split(text: string): Record<string, string> {
  const [head = '', ...sections] = text.split(/^(?=\w+:$)/m);
  const files = sections.map((section, at) => [
    `${at + 1}-${section.slice(0, section.indexOf(':'))}.yml`,
    `version: 1\n${section}`,
  ]);
  return Object.fromEntries([['0.yaml', head], ...files]);
}

test('sections in files of their own are the same inventory', async () => {
  const [whole, parts] = [await load(good), await load(split(good))];
  expect(parts.diagnostics).toEqual([]);
  expect(parts.ok && parts.value.site).toEqual(whole.ok && whole.value.site);
  expect(parts.ok && parts.value.files).toEqual([
    '0.yaml',
    '1-defaults.yml',
    '2-nodes.yml',
    '3-volumeGroups.yml',
    '4-volumes.yml',
    '5-vms.yml',
    '6-secrets.yml',
  ]);
});

test('a section in two files is put together entry by entry', async () => {
  const text = good.replace(/^ {2}bravo:\n.*\n.*\n/m, '');
  const result = await load({ 'a.yaml': text, 'b.yaml': 'nodes:\n  bravo: { address: 10.77.0.12 }\n' });
  expect(lines(result.diagnostics)).toEqual([]);
  expect(result.ok && Object.keys(result.value.site.nodes)).toEqual(['alpha', 'bravo']);
});

test('an entry in two files is a mistake, with both places', async () => {
  expect(
    await complaints({
      'a.yaml': good,
      'b.yaml': 'site: home\nnodes:\n  bravo: { ssh: { port: 1 } }\ndefaults: { ssh: {} }\n',
    }),
  ).toEqual([
    'b.yaml:1:1 duplicate-key: `site` is already defined at a.yaml:2:1. -> Keep one of the two.',
    'b.yaml:3:3 duplicate-key: `bravo` is already defined at a.yaml:9:3. -> Keep one of the two.',
    'b.yaml:4:13 duplicate-key: `ssh` is already defined at a.yaml:4:3. -> Keep one of the two.',
  ]);
});

test('mistakes in all files are told in one run', async () => {
  expect(await complaints({ 'a.yaml': good.replace('4GiB', '4GB'), 'b.yaml': 'volumse: {}\n' })).toEqual([
    'a.yaml:20:17 wrong-value: `volumes.isos.size` is `4GB`; it must be a size such as 512MiB or 1.5GiB (KiB, MiB, GiB, TiB).',
    'b.yaml:1:1 unknown-key: `volumse` is not known. -> Did you mean `volumes`?',
  ]);
});

test('two versions are not one', async () => {
  expect(await complaints({ 'a.yaml': good, 'b.yaml': 'version: 2\n' })).toEqual([
    'b.yaml:1:1 duplicate-key: `version` is already defined at a.yaml:1:1. -> Keep one of the two.',
  ]);
});

test('hidden files and others are left alone', async () => {
  const result = await load({ 'a.yaml': good, '.#a.yaml': '[', 'notes.txt': '[', 'empty.yaml': '# nothing yet\n' });
  expect(result.ok && result.value.files).toEqual(['a.yaml', 'empty.yaml']);
});

test('a folder without inventories', async () => {
  expect(await complaints({ 'notes.txt': '' })).toEqual([
    '- unreadable: FOLDER is a folder without any *.yaml or *.yml file.',
  ]);
});

test('a file that is not there', async () => {
  const { ok, diagnostics } = await loadInventory('/etc/sanctl-is-not-here/inventory.yaml');
  expect(ok).toBe(false);
  expect(lines(diagnostics)).toEqual([
    '- unreadable: /etc/sanctl-is-not-here/inventory.yaml does not exist. -> Name the file with `--inventory FILE`, or begin with examples/two-node/inventory.yaml.',
  ]);
});
