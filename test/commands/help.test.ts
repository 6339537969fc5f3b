import { expect, test } from 'vitest';
import { expectGolden } from '../golden.ts';
import { sanctl } from './run.ts';

const verbs = [
  'check',
  'plan',
  'apply',
  'reboot',
  'render',
  'certificates',
  'vm',
  'migrate',
  'evacuate',
  'failover',
  'failback',
  'replace-disk',
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
  'upgrade-drbd',
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

test('the help of sanctl and of each verb', async () => {
  for (const argv of [[], ...verbs.map((verb) => [verb])]) {
    const { code, stdout, stderr } = await sanctl([...argv, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expectGolden(`help/${argv[0] ?? 'sanctl'}.txt`, stdout);
  }
});

test('every verb stands in the first help, and no other', async () => {
  const { stdout } = await sanctl(['--help']);
  const found = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]);
  expect(found.sort()).toEqual([...verbs, 'help'].sort());
});

test('the version is that of the package', async () => {
  const { code, stdout } = await sanctl(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [['plam'], "unknown command 'plam'", 'Did you mean `plan`?'],
  [['plan', '--ofline'], "unknown option '--ofline'", 'Did you mean `--offline`?'],
  [['plan', 'a', 'b'], 'too many arguments', '`sanctl plan --help` shows what it takes.'],
  [['help', 'nope'], "unknown command 'nope'", '`sanctl --help` lists the verbs.'],
  [['render'], "required option '--out <DIR>' not specified", ''],
  [['completion', 'csh'], 'Allowed choices are bash, zsh, fish, powershell', ''],
])('a wrong word on the line is a usage error: %j', async (argv, problem, hint) => {
  const { code, stdout, stderr } = await sanctl(argv);
  expect([code, stdout]).toEqual([1, '']);
  const said = stderr.replaceAll(/[\s|]+/g, ' ');
  expect(said).toContain('[usage/wrong-line]');
  expect(said).toContain(problem);
  expect(said).toContain(hint);
  expect(said).not.toContain('..');
});

test('without a verb the help goes to stderr, and nothing was done', async () => {
  const { code, stdout, stderr } = await sanctl([]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('Usage: sanctl');
});
