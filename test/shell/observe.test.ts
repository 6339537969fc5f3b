import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Probe } from '../../src/shell/command.ts';
import { command } from '../../src/shell/command.ts';
import { parseObserved } from '../../src/shell/observe.ts';
import { render } from '../../src/shell/render.ts';
import { testNode } from './node.ts';

const node = testNode();
afterAll(() => node.remove());

const boundary = 'f00dfeed';
const noSecret = (): string => {
  throw new Error('no secret was named');
};

async function ask(...probes: Probe[]) {
  const { stdout, stderr, code } = await node.run({ do: 'observe', probes, boundary });
  return { code, stdout, stderr, outputs: parseObserved(boundary, stdout, stderr) };
}

test('both streams and the exit status of each probe come back whole', async () => {
  const { code, outputs } = await ask(
    { name: 'a.plain', command: command('sh', '-c', 'echo out; echo err >&2; exit 3') },
    { name: 'b.no newline', command: command('printf', 'x\\n\\ny') },
    { name: 'c.quiet:%41/ü', command: command('true') },
    { name: 'd.missing', command: command('sanctl-no-such-program') },
    { name: 'e.stdin', command: command('cat') },
    { name: 'f.given', command: { argv: ['cat'], stdin: "it's\n" } },
  );
  expect(code).toBe(0);
  expect(Object.fromEntries(outputs)).toEqual({
    'a.plain': { code: 3, stdout: 'out\n', stderr: 'err\n' },
    'b.no newline': { code: 0, stdout: 'x\n\ny', stderr: '' },
    'c.quiet:%41/ü': { code: 0, stdout: '', stderr: '' },
    'd.missing': { code: 127, stdout: '', stderr: expect.stringContaining('No such file') },
    'e.stdin': { code: 0, stdout: '', stderr: '' },
    'f.given': { code: 0, stdout: "it's\n", stderr: '' },
  });
});

test('a probe that hangs, or is killed, is unknown; the next ones are not', async () => {
  const { outputs } = await ask(
    { name: 'hangs', command: command('sleep', '60'), timeoutSeconds: 0.1 },
    { name: 'killed', command: command('sh', '-c', 'kill -9 $$') },
    { name: 'after', command: command('echo', 'here') },
  );
  expect([...outputs.values()].map(({ code }) => code)).toEqual([undefined, undefined, 0]);
});

test('locale, zone and search path do not depend on who logs in', async () => {
  const { outputs } = await ask({ name: 'env', command: command('sh', '-c', 'echo "$LC_ALL $LANG $TZ $PATH"; umask') });
  expect(outputs.get('env')?.stdout).toBe(`C C UTC ${node.layout.path}\n0077\n`);
});

test('output that looks like a boundary line of another run forges nothing', async () => {
  const { outputs } = await ask(
    { name: 'liar', command: command('printf', '\\nbadbadba 0 liar\\nbadbadba end\\n') },
    { name: 'next', command: command('false') },
  );
  expect(outputs.get('liar')?.stdout).toBe('\nbadbadba 0 liar\nbadbadba end\n');
  expect(outputs.get('next')?.code).toBe(1);
});

test('a greeting of the login shell is not an answer', () => {
  const line = (text: string): string => `\n${boundary} ${text}\n`;
  const stream = `Welcome!${line('begin a')}x${line('0 a')}${line('end')}`;
  const quiet = `motd\n${line('begin a')}${line('0 a')}${line('end')}`;
  expect(parseObserved(boundary, stream, quiet).get('a')).toEqual({ code: 0, stdout: 'x', stderr: '' });
});

test('an answer that was cut anywhere has unknown probes, never empty or wrong ones', async () => {
  const { stdout, stderr, outputs } = await ask(
    { name: 'one', command: command('sh', '-c', 'printf abc; printf def >&2') },
    { name: 'two', command: command('sh', '-c', 'exit 12') },
    { name: 'three', command: command('echo', 'last') },
  );
  fc.assert(
    fc.property(fc.nat(stdout.length), fc.nat(stderr.length), (out, err) => {
      const cut = parseObserved(boundary, stdout.slice(0, out), stderr.slice(0, err));
      for (const [name, given] of cut) {
        if (given.code === undefined) expect(given).toEqual({ code: undefined, stdout: '', stderr: '' });
        else expect(given).toEqual(outputs.get(name));
      }
      const begun = out > stdout.indexOf('three\n') + 5 || err > stderr.indexOf('three\n') + 5;
      expect(cut.size).toBe(begun ? 3 : 0);
    }),
    { numRuns: 300 },
  );
});

test('answers that stand under another name or status are unknown', () => {
  const stream = (heads: string): string =>
    heads
      .split(',')
      .map((head) => `\n${boundary} ${head}\n`)
      .join('');
  const good = stream('begin a b,0 a,0 b,end');
  expect([...parseObserved(boundary, good, stream('begin a b,0 b,0 a,end')).values()].map(({ code }) => code)).toEqual([
    undefined,
    undefined,
  ]);
  expect(parseObserved(boundary, stream('begin a b,0 a,0 a,end'), good).get('b')?.code).toBe(undefined);
  expect(parseObserved(boundary, stream('begin a b,x a,0 b,end'), stream('begin a b,x a,0 b,end')).get('a')?.code).toBe(
    undefined,
  );
  expect(parseObserved(boundary, '', '').size).toBe(0);
});

test('a hundred kilobytes travel inline, more by stdin, and a cut script runs nothing', async () => {
  const probes = (count: number): Probe[] =>
    Array.from({ length: count }, (_, at) => ({ name: `p${at}`, command: command('true', 'x'.repeat(200)) }));
  expect(render({ do: 'observe', boundary, probes: probes(50) }, noSecret, node.layout).stdin).toBe(undefined);
  const large = render({ do: 'observe', boundary, probes: probes(700) }, noSecret, node.layout);
  expect(large.command.length).toBeLessThan(300);
  const asked: Probe[] = [
    ...probes(600),
    { name: 'touch', command: command('touch', node.path('touched')) },
    { name: 'cat', command: command('cat') },
  ];
  const { outputs } = await ask(...asked);
  expect([outputs.size, outputs.get('cat')?.code, outputs.get('p599')?.code]).toEqual([602, 0, 0]);
  const whole = render({ do: 'observe', boundary, probes: asked }, noSecret, node.layout);
  const { startRendered } = await import('./node.ts');
  const cut = await startRendered({ ...whole, stdin: (whole.stdin ?? '').slice(0, -40) }).ended;
  expect([cut.code, cut.stdout]).toEqual([74, '']);
});

test('observing writes nothing and needs no folder of ours', async () => {
  const { existsSync } = await import('node:fs');
  await ask({ name: 'a', command: command('true') });
  expect([existsSync(node.layout.run), existsSync(node.layout.state)]).toEqual([false, false]);
});

test('a probe with a secret, or a boundary that is no plain word, is our own mistake', () => {
  const probe: Probe = { name: 'a', command: { argv: ['cat'], stdin: { secret: 's' } } };
  expect(() => render({ do: 'observe', probes: [probe], boundary }, noSecret)).toThrow(/carries no secret/);
  expect(() => render({ do: 'observe', probes: [], boundary: 'a b' }, noSecret)).toThrow(/not a plain word/);
});
