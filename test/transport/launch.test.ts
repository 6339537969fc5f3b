import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote } from '../../src/shell/quote.ts';
import { launch } from '../../src/transport/launch.ts';

/** Login shells of all kinds; only those that are installed are tried, and the title says which are not. */
const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish', 'tcsh', 'busybox'].map((name) => {
  const path = [`/bin/${name}`, `/usr/bin/${name}`].find((one) => existsSync(one));
  return { name, argv: path === undefined ? undefined : [path, ...(name === 'busybox' ? ['sh'] : []), '-c'] };
});

function through(argv: readonly string[], command: string, stdin?: string) {
  const made = launch({ command, stdin });
  const [program = '', ...words] = argv;
  return spawnSync(program, [...words, made.line], { input: made.stdin ?? '', encoding: 'utf8' });
}

describe.each(shells)('login shell $name', ({ name, argv }) => {
  test.skipIf(argv === undefined)(
    argv === undefined ? `[NOT RUN: ${name} is not installed]` : 'runs any text as it is',
    () => {
      fc.assert(
        fc.property(
          fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
          fc.nat({ max: 255 }),
          (text, code) => {
            const ran = through(
              argv ?? [],
              `/bin/sh -c ${quote(`printf %s ${quote(text)}\ncat\nexit ${code}`)}`,
              'own input',
            );
            expect([ran.stdout, ran.status, ran.stderr]).toEqual([`${text}own input`, code, '']);
          },
        ),
        { numRuns: 25 },
      );
    },
  );
});

describe('a script that goes by stdin', () => {
  const text = "xxxxxxxxxxxxxxx'\\\n".repeat(4_500);
  const command = `/bin/sh -c ${quote(`printf %s ${quote(text)} | wc -c; cat`)}`;

  test('leaves what follows to the script', () => {
    const made = launch({ command, stdin: 'rest' });
    expect(made.line.length).toBeLessThan(1000);
    expect(through(['/bin/sh', '-c'], command, 'rest').stdout).toBe(`${text.length}\nrest`);
  });

  test('does not run when only a part of it arrived', () => {
    const made = launch({ command: `/bin/sh -c ${quote(`echo ran; : ${'x'.repeat(100_000)}`)}`, stdin: undefined });
    for (const part of [0, 1, 50_000, (made.stdin?.length ?? 0) - 1]) {
      const ran = spawnSync('sh', ['-c', made.line], { input: made.stdin?.slice(0, part), encoding: 'utf8' });
      expect([ran.stdout, ran.status]).not.toContain(0);
      expect(ran.stdout).not.toContain('ran');
    }
    expect(spawnSync('sh', ['-c', made.line], { input: made.stdin, encoding: 'utf8' }).stdout).toBe('ran\n');
  });
});

test('a node without base64 does not answer 0', () => {
  const made = launch({ command: '/bin/sh -c true', stdin: undefined });
  const ran = spawnSync('/bin/sh', ['-c', made.line], { env: { PATH: '/nonexistent' }, encoding: 'utf8' });
  expect(ran.status).toBe(127);
});

test('the password stands in no line', () => {
  const made = launch({ command: '/bin/sh -c true', stdin: 'x' }, { nonce: 'abc', password: 'canary-password' });
  expect(made.line).not.toContain('canary');
  expect(made.stdin).toBe('x');
  expect(made.line).toContain('sudo -k -S -p');
  expect(launch({ command: 'true', stdin: undefined }, { nonce: 'abc' }).line).toContain('sudo -n --');
});

test('our own mistakes are thrown', () => {
  expect(() => launch({ command: 'a\0b', stdin: undefined })).toThrow();
  expect(() => launch({ command: 'a\n', stdin: undefined })).toThrow();
});
