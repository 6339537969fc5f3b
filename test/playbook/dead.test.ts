/** Playbooks that go by the death of a node: nobody asks it, and nobody else may go by what it does not say. */
import { expect, test } from 'vitest';
import { source } from '../../src/inventory/source.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { bind } from '../../src/playbook/bind.ts';
import { vocabularyOf } from '../../src/playbook/playbook.ts';
import { readPlaybook } from '../../src/playbook/read.ts';
import { compactSite } from '../kinds/compact.ts';

const site = compactSite({ nodes: ['alpha', 'bravo', 'charlie'], vms: { web: {} } });

function bound(steps: string) {
  const text = `playbook: p\nsummary: s\ninputs: { node: node, vm: vm }\nsteps:\n${steps}`;
  const read = readPlaybook(source('p.yaml', text), vocabularyOf(kinds));
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return bind(read.value, ['node=alpha', 'vm=web'], site);
}

const fence = '  - host.fence: { node: $node, word: none }\n';

test('all but the dead one are asked', () => {
  const made = bound(fence);
  expect(made.ok && [made.value.nodes, made.value.dead]).toEqual([['bravo', 'charlie'], ['alpha']]);
});

test('a verb that asks the node itself would take its silence for absence (C5)', () => {
  const made = bound(`${fence}  - domain.start: { vm: $vm }\n`);
  expect(made.diagnostics.map(({ code }) => code)).toEqual(['playbook/dead-node']);
});
