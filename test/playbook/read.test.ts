/** mistakes.yaml: one playbook each, and exactly what is said about it; nothing more may be said. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { source } from '../../src/inventory/source.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { shippedNames } from '../../src/playbook/find.ts';
import { vocabularyOf } from '../../src/playbook/playbook.ts';
import { readPlaybook } from '../../src/playbook/read.ts';
import { playbookSchema } from '../../src/playbook/schema.ts';
import { made } from './kinds.ts';

const words = vocabularyOf(made);

function complaints(text: string): readonly string[] {
  return readPlaybook(source('p.yaml', text), words).diagnostics.map(({ at, code, detail, help }) => {
    const place = at === undefined ? '' : `${at.line}:${at.column} `;
    return `${place}${code.replace('playbook/', '')}: ${detail}${help === undefined ? '' : ` -> ${help}`}`;
  });
}

interface Case {
  readonly title: string;
  readonly text: string;
  readonly says: readonly string[];
}
const cases: readonly Case[] = parse(readFileSync(new URL('mistakes.yaml', import.meta.url), 'utf8'));

test.each(cases)('$title', ({ text, says }) => expect(complaints(text)).toEqual(says));

test('every playbook that comes with sanctl is read without a word, under its own name', async () => {
  const names = await shippedNames();
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) {
    const read = readPlaybook(source(name, readFileSync(`playbooks/${name}.yaml`, 'utf8')), vocabularyOf(kinds));
    expect(read).toMatchObject({ ok: true, diagnostics: [], value: { name } });
  }
});

test('playbook.schema.json is the one that is made from the verbs', () => {
  const schema = readFileSync('playbook.schema.json', 'utf8');
  expect(schema).toBe(`${JSON.stringify(playbookSchema(vocabularyOf(kinds)), null, 2)}\n`);
});

test('a field of anything is read or refused, never thrown over', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('playbook', 'inputs', 'require', 'steps', 'verify'),
      fc.json({ maxDepth: 4 }),
      (key, value) => {
        const rest = { playbook: 'p', summary: 's', steps: [{ 'guest.back': { vm: 'web' } }] };
        const read = readPlaybook(source('p.yaml', JSON.stringify({ ...rest, [key]: JSON.parse(value) })), words);
        expect(read.ok || read.diagnostics.length > 0).toBe(true);
      },
    ),
  );
});
