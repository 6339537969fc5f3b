/** docs/playbooks.md: the text that people wrote, then every playbook that comes with sanctl, every verb and every check. */
import { readFileSync } from 'node:fs';
import type { Check, Verb } from '../src/kinds/verb.ts';
import type { Vocabulary, Word } from '../src/playbook/playbook.ts';

export const playbooksMark = '<!-- Everything below is made by `npm run docs`. -->';

/** The page as it should be, from the page as it is. */
export function renderPlaybooks(page: string, { verbs, checks }: Vocabulary, names: readonly string[]): string {
  const [written = ''] = page.split(playbooksMark);
  const shipped = names.map((name) => `### ${name}\n\n\`\`\`yaml\n${textOf(name)}\`\`\`\n`);
  return `${written}${playbooksMark}

## Verbs
For \`steps\` and \`undo\`.

${table(verbs)}
## Checks
For \`require\` and \`verify\`.

${table(checks)}
## The playbooks that come with sanctl

${shipped.join('\n')}`;
}

/** Without the line for editors. */
function textOf(name: string): string {
  return readFileSync(`playbooks/${name}.yaml`, 'utf8').replace(/^#.*\n/, '');
}

function table(words: ReadonlyMap<string, Word<Verb | Check>>): string {
  const rows = [...words.values()].map(({ name, verb }) => {
    const takes = Object.entries(verb.takes).map(
      ([parameter, { type, means }]) => `\`${parameter}\` (${type}): ${means}`,
    );
    return `| \`${name}\` | ${verb.summary} | ${takes.join('; ')} |\n`;
  });
  return `| name | what it does | takes |\n|---|---|---|\n${rows.join('')}`;
}
