/** Facts and questions besides them, in one round trip. */
import { expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { observe } from '../../src/observe/observe.ts';
import { command, type Probe } from '../../src/shell/command.ts';
import type { Observe, Script } from '../../src/shell/script.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { compactSite } from '../kinds/compact.ts';

const probe = (name: string): Probe => ({ name, command: command('say', name) });
const host = {
  name: 'host',
  probes: () => [probe('host.own')],
  parse: (outputs: ReadonlyMap<string, unknown>) => [...outputs.keys()],
} as unknown as Kind;

/** Answers each probe with its own name. */
function node(name: string, seen: Observe[]): Connection {
  return {
    node: name,
    run: async (script: Script) => {
      if (script.do !== 'observe') throw new Error(script.do);
      seen.push(script);
      const { boundary, probes } = script;
      const stream = [
        ['begin', ...probes.map((one) => one.name)].join(' '),
        ...probes.map((one) => `0 ${one.name}`),
        'end',
      ].map((line) => `\n${boundary} ${line}\n`);
      const stdout = stream.map((line, at) => line + (probes[at]?.name ?? '')).join('');
      return { outcome: 'exited', code: 0, stdout, stderr: stream.join('') };
    },
    close: () => undefined,
  } as unknown as Connection;
}

test('a question besides the facts travels with them, each once, and its answer stands apart', async () => {
  const seen: Observe[] = [];
  const nodes = new Map(['alpha', 'bravo'].map((name) => [name, node(name, seen)]));
  const besides = new Map([['alpha', [probe('more:1'), probe('more:1')]]]);
  const result = await observe([host], compactSite({}), nodes, besides);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  expect(seen.map(({ probes }) => probes.map(({ name }) => name))).toEqual([['host.own', 'more:1'], ['host.own']]);
  const { facts, answers } = result.value;
  expect([...facts.keys()]).toEqual(['alpha', 'bravo']);
  expect([...(answers.get('alpha') ?? [])]).toEqual([['more:1', { code: 0, stdout: 'more:1', stderr: '' }]]);
  expect([...(answers.get('bravo') ?? [])]).toEqual([]);
});
