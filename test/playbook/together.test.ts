/** The same playbook for several things, side by side: what needs what, and in which order a node does it. */
import { expect, test } from 'vitest';
import { source } from '../../src/inventory/source.ts';
import { type Bound, bind } from '../../src/playbook/bind.ts';
import { type Compiled, compile } from '../../src/playbook/compile.ts';
import { vocabularyOf } from '../../src/playbook/playbook.ts';
import { readPlaybook } from '../../src/playbook/read.ts';
import { together } from '../../src/playbook/together.ts';
import { undoing } from '../../src/playbook/undo.ts';
import { compactSite } from '../kinds/compact.ts';
import { made } from './kinds.ts';

const site = compactSite({ vms: { web: {}, mail: {}, db: {} } });
const look: Bound = {
  name: 'all',
  require: [],
  steps: [],
  verify: [],
  nodes: ['alpha', 'bravo'],
  asks: new Map(),
  verifyAsks: new Map(),
};

function of(vm: string, text: string): Bound {
  const read = readPlaybook(
    source('p.yaml', `playbook: p\nsummary: s\ninputs: { vm: vm }\n${text}`),
    vocabularyOf(made),
  );
  const result = read.ok ? bind(read.value, [`vm=${vm}`], site) : read;
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

function compiled(bound: Bound): Compiled {
  const options = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };
  const result = compile(bound, {
    kinds: made,
    site,
    facts: new Map(),
    options,
    offline: false,
    render: () => [],
    digest: () => undefined,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

const text = `steps:
  - guest.long: { vm: $vm }
    undo: guest.back
  - guest.back: { vm: $vm }
    undo: guest.back
`;

test('all of a group begin before one is waited for, and the next group comes after it', () => {
  const [web, mail, db] = [of('web', text), of('mail', text), of('db', text)];
  const { plan, acts } = compiled(together(look, [[web, mail], [db]]));
  expect(plan.steps.map(({ id, needs }) => `${id} ${[...needs].sort().join(' ')}`.trim())).toEqual([
    'guest/web@alpha#begin',
    'guest/mail@alpha#begin',
    'guest/web@alpha#wait guest/web@alpha#begin',
    'guest/mail@alpha#wait guest/mail@alpha#begin',
    'guest/web@alpha#back guest/mail@alpha#begin guest/mail@alpha#wait guest/web@alpha#begin guest/web@alpha#wait',
    'guest/mail@alpha#back guest/mail@alpha#begin guest/mail@alpha#wait guest/web@alpha#begin guest/web@alpha#wait',
    'guest/db@alpha#begin guest/mail@alpha#back guest/web@alpha#back',
    'guest/db@alpha#wait guest/db@alpha#begin',
    'guest/db@alpha#back guest/db@alpha#begin guest/db@alpha#wait',
  ]);
  expect(acts.map(({ length }) => length)).toEqual([2, 2, 1, 1, 2, 1]);
});

test('one after the other it is the playbook, once for each', () => {
  const { plan } = compiled(together(look, [[of('web', text)], [of('mail', text)]]));
  expect(plan.steps.map(({ id }) => id)).toEqual([
    'guest/web@alpha#begin',
    'guest/web@alpha#wait',
    'guest/web@alpha#back',
    'guest/mail@alpha#begin',
    'guest/mail@alpha#wait',
    'guest/mail@alpha#back',
  ]);
});

test('the way back is that of each that began', () => {
  const bound = together(look, [[of('web', text), of('mail', text)], [of('db', text)]]);
  const outcomes = new Map([
    ['guest/web@alpha#begin', { is: 'done' } as const],
    ['guest/mail@alpha#begin', { is: 'refused', proves: 'x', answer: '' } as const],
  ]);
  const undo = undoing(bound, compiled(bound), outcomes);
  expect(undo.steps.map(({ name, given }) => [name, given['vm']])).toEqual([['guest.back', site.vms['web']]]);
});

test('what each requires and verifies is asked of all; it looks where it was told to', () => {
  const asked = 'require: [{ guest.good: { vm: $vm } }]\nverify: [{ guest.bad: { vm: $vm } }]\n';
  const { require, verify, nodes, name } = together(look, [[of('web', text + asked)], [of('mail', text + asked)]]);
  const vms = (calls: typeof require): unknown => calls.map(({ given }) => given['vm']);
  expect([vms(require), vms(verify)]).toEqual(Array(2).fill([site.vms['web'], site.vms['mail']]));
  expect([name, nodes]).toEqual(['all', ['alpha', 'bravo']]);
});
