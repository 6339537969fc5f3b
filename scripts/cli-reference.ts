/** docs/cli.md: the text that people wrote, then the help of every verb as it is printed. */
import { PassThrough } from 'node:stream';
import { main } from '../src/commands/main.ts';

export const cliMark = '<!-- Everything below is made by `npm run docs`. -->';
const verbs = [
  'check',
  'plan',
  'apply',
  'render',
  'certificates',
  'vm',
  'migrate',
  'evacuate',
  'failover',
  'failback',
  'reboot',
  'replace-disk',
  'upgrade-drbd',
  'snapshot',
  'backup',
  'run',
  'status',
  'verify',
  'metrics',
  'facts',
  'why',
  'graph',
  'ui',
  'import',
  'export',
  'array',
  'journal',
  'unlock',
  'lab',
  'schema',
  'kinds',
  'completion',
];

/** The page as it should be, from the page as it is. */
export async function renderCli(page: string): Promise<string> {
  const [written = ''] = page.split(cliMark);
  const helps = await Promise.all(
    verbs.map(async (verb) => `## sanctl ${verb}\n\n\`\`\`\n${await help(verb)}\`\`\`\n`),
  );
  return `${written}${cliMark}\n\n${helps.join('\n')}`;
}

async function help(verb: string): Promise<string> {
  let printed = '';
  const write = (text: string): void => {
    printed += text;
  };
  const stdout = { write };
  await main([verb, '--help'], {
    stdout,
    stderr: stdout,
    stdin: new PassThrough(),
    env: {},
    onInterrupt: () => () => undefined,
  });
  // The same under every verb; what follows it, the verbs of `lab`, is not.
  return `${printed.replace(/\nGlobal Options:\n(?: .*\n)+/, '').trimEnd()}\n`;
}
