/** The walls stand, and each rule catches a mutant (C13). */
import { describe, expect, test } from 'vitest';
import { breaches, readSources } from '../scripts/walls.ts';

function found(files: Record<string, string>): string[] {
  return breaches(new Map(Object.entries(files))).map(
    ({ file, line, rule, what }) => `${file}:${line}: ${rule}: ${what}`,
  );
}

test('the sources of sanctl keep all walls', () => {
  const sources = readSources(process.cwd());
  expect(sources.size).toBeGreaterThan(50);
  expect(breaches(sources)).toEqual([]);
});

describe('each rule catches a mutant', () => {
  const mutants: [name: string, files: Record<string, string>, caught: string[]][] = [
    [
      'a lower layer imports a higher one',
      { 'src/shell/render.ts': `import { planText } from '../view/plan.ts';` },
      ['src/shell/render.ts:1: layers: src/view/plan.ts lies above'],
    ],
    [
      'also by re-export and by dynamic import',
      { 'src/diagnostic.ts': `export * from './quantity.ts';\nconst late = await import('./cli.ts');` },
      ['src/diagnostic.ts:1: layers: src/quantity.ts lies above', 'src/diagnostic.ts:2: layers: src/cli.ts lies above'],
    ],
    [
      'a contract is loaded from below, not only named',
      {
        'src/transport/ssh.ts': `import type { Plan } from '../plan/plan.ts';`,
        'src/shell/a.ts': `import { siteOf } from '../kinds/site.ts';`,
      },
      ['src/shell/a.ts:1: layers: src/kinds/site.ts lies above'],
    ],
    [
      'two files that cannot be read one without the other, types too',
      {
        'src/plan/a.ts': `import type { B } from './b.ts';`,
        'src/plan/b.ts': `import { c } from './c.ts';`,
        'src/plan/c.ts': `import { a } from './a.ts';\nimport { d } from './d.ts';`,
        'src/plan/d.ts': '',
      },
      ['src/plan/a.ts:1: no-circles: src/plan/a.ts > src/plan/b.ts > src/plan/c.ts > src/plan/a.ts'],
    ],
    [
      'a folder that has no place yet',
      { 'src/plan/make.ts': `import { guess } from '../misc/guess.ts';` },
      ['src/plan/make.ts:1: layers: src/misc/guess.ts lies above'],
    ],
    [
      'a kind reads a file',
      { 'src/kinds/file/index.ts': `import { readFileSync } from 'node:fs';` },
      ['src/kinds/file/index.ts:1: kinds-pure: imports node:fs'],
    ],
    [
      'a kind takes a package along, types of it too',
      {
        'src/kinds/file/index.ts': `import type { Document } from 'yaml';\nimport type { FromSchema } from 'json-schema-to-ts';`,
      },
      ['src/kinds/file/index.ts:1: kinds-pure: imports yaml'],
    ],
    [
      'a kind looks at the clock, the dice, the environment',
      {
        'src/kinds/host/index.ts': `const a = Date.now();\nconst b = Math.random();\nconst c = process.env['HOME'];\nawait fetch('x');\nglobalThis.console.log(1);`,
      },
      [
        'src/kinds/host/index.ts:1: kinds-pure: uses Date.now',
        'src/kinds/host/index.ts:2: kinds-pure: uses Math.random',
        'src/kinds/host/index.ts:3: kinds-pure: uses process.env',
        'src/kinds/host/index.ts:4: kinds-pure: uses fetch',
        'src/kinds/host/index.ts:5: kinds-pure: uses globalThis.console.log',
        'src/kinds/host/index.ts:5: only-view-writes: globalThis.console.log',
      ],
    ],
    [
      'a kind does I/O through somebody else',
      {
        'src/kinds/file/index.ts': `import { a } from '../../shell/a.ts';`,
        'src/shell/a.ts': `import 'node:child_process';`,
      },
      ['src/kinds/file/index.ts:1: kinds-pure: reaches src/kinds/file/index.ts > src/shell/a.ts > node:child_process'],
    ],
    [
      'apply imports a kind',
      {
        'src/apply/run.ts': `import { drbd } from '../kinds/drbd/index.ts';\nimport type { Site } from '../kinds/site.ts';`,
      },
      ['src/apply/run.ts:1: apply-blind: imports src/kinds/drbd/index.ts'],
    ],
    [
      'apply names the type of a kind',
      { 'src/apply/run.ts': `import type { DrbdFacts } from '../kinds/drbd/facts.ts';` },
      ['src/apply/run.ts:1: apply-blind: imports src/kinds/drbd/facts.ts'],
    ],
    [
      'apply loads a kind through the plan',
      {
        'src/apply/run.ts': `import { a } from '../plan/a.ts';`,
        'src/plan/a.ts': `import { b } from './b.ts';`,
        'src/plan/b.ts': `import { kinds } from '../kinds/registry.ts';`,
      },
      [
        'src/apply/run.ts:1: apply-blind: reaches src/apply/run.ts > src/plan/a.ts > src/plan/b.ts > src/kinds/registry.ts',
      ],
    ],
    [
      'somebody else writes to the screen',
      {
        'src/commands/plan.ts': `console.log(1);\nprocess.stdout.write('x');\nio.stderr.write('x');\nprocess.stderr?.write('x');`,
        'src/lab/up.ts': `const out = process.stdout;`,
      },
      [
        'src/commands/plan.ts:1: only-view-writes: console.log',
        'src/commands/plan.ts:2: only-view-writes: process.stdout.write',
        'src/commands/plan.ts:3: only-view-writes: io.stderr.write',
        'src/commands/plan.ts:4: only-view-writes: process.stderr.write',
        'src/lab/up.ts:1: only-view-writes: process.stdout',
      ],
    ],
    [
      'cli.ts hands the streams over, and writes nothing itself',
      { 'src/cli.ts': `run({ out: process.stdout });\nprocess.stdout.write('x');` },
      ['src/cli.ts:2: only-view-writes: process.stdout.write'],
    ],
    [
      'two doors for one package',
      {
        'src/inventory/yaml.ts': `import { parse } from 'yaml';`,
        'src/lab/up.ts': `\nimport type { Document } from 'yaml';`,
      },
      ['src/lab/up.ts:2: one-door: yaml is imported by src/inventory/yaml.ts already'],
    ],
    [
      'two doors for one scoped package by different entries',
      { 'src/commands/a.ts': `import '@bomb.sh/tab';`, 'src/commands/b.ts': `await import('@bomb.sh/tab/commander');` },
      ['src/commands/b.ts:1: one-door: @bomb.sh/tab is imported by src/commands/a.ts already'],
    ],
    [
      'somebody else ends the process',
      {
        'src/commands/apply.ts': `process.exit(1);\nprocess.exitCode = 1;`,
        'src/cli.ts': `process.exit(await main());`,
      },
      ['src/commands/apply.ts:1: one-exit: process.exit', 'src/commands/apply.ts:2: one-exit: process.exitCode'],
    ],
    [
      'a force flag as an argument',
      {
        'src/kinds/drbd/steps.ts': `const a = run('drbdadm', '--force', 'create-md', name);\nconst b = ['test', '-f', path];`,
        'src/kinds/force.ts': `const proven = '--force';`,
        'src/commands/apply.ts': `program.option('--yes');`,
      },
      ['src/kinds/drbd/steps.ts:1: force: `--force` belongs in src/kinds/force.ts'],
    ],
    [
      'a force flag inside the text of a script',
      { 'src/shell/render.ts': `const line = \`lvreduce --force \${name}\`;` },
      ['src/shell/render.ts:1: force: `lvreduce --force` belongs in src/kinds/force.ts'],
    ],
  ];
  test.each(mutants)('%s', (_name, files, caught) => {
    expect(found(files)).toEqual(caught);
  });
});
