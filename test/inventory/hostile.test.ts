/** Hostile text in every place where text may stand (Q12): refused, or harmless wherever it ends up. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { complaints, good, load, served } from './texts.ts';

type Steps = readonly (string | number)[];

/** Every text of the inventory: values and names alike. */
function places(value: unknown, path: Steps = []): readonly Steps[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    places(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function withText(base: string, path: Steps, text: string): string {
  const data = parse(base);
  let parent = data;
  for (const step of path.slice(0, -1)) parent = parent[step] ??= {};
  parent[path.at(-1) ?? ''] = text;
  return stringify(data);
}

const ofGood: readonly Steps[] = [
  ...places(parse(good)),
  ['defaults', 'ssh', 'proxyJump'],
  ['defaults', 'ssh', 'identityFile'],
  ['nodes', 'alpha', 'ssh'],
  ['secrets', 'drbd', 'file'],
  ['secrets', 'drbd', 'command'],
];
/** What is not in `good` as well. */
const ofServed = [
  ...places(parse(served)).filter(([section = '']) => !['nodes', 'volumeGroups', 'volumes'].includes(String(section))),
  ['defaults', 'export', 'certificates'],
  ['defaults', 'export', 'timeout'],
  ['defaults', 'iscsi', 'prefix'],
];
const everywhere = [
  ...ofGood.map((path) => ({ base: good, path })),
  ...ofServed.map((path) => ({ base: served, path })),
];
const words = [
  '-rf',
  '--force',
  'a\nb',
  'a\u001b[2Jb',
  'a\u0000b',
  'a\u202eb',
  'a\u2028b',
  '$(reboot)',
  '`reboot`',
  'a;b',
  'a|b',
  'a"b',
  "a'b",
  'a\\b',
  'a{b',
  'a%sb',
  'a b\tc',
  '../../etc/shadow',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  '\ud800',
  '',
  ' ',
];

test.each(everywhere.map((one) => ({ ...one, name: one.path.join('.') })))('$name', async ({ base, path }) => {
  // A path on this machine may begin where it likes, the operator can read it anyway; in a command line it is only text.
  const local = /(identityFile|\.file|cmdline|certificates)$/.test(path.join('.'));
  for (const word of local ? words.filter((one) => one !== '../../etc/shadow') : words) {
    const result = await load(withText(base, path, word));
    expect({ word, ok: result.ok }).toEqual({ word, ok: false });
    expect(JSON.stringify(result)).not.toMatch(/\\u001b|\\u202e|\\u0000|\\n/);
  }
});

test('what is let through holds nothing that a shell, a .res file or an xl configuration would read as more than text', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'ab1-_.:/$`"\'\\;{}()#&|<>*?~!\n\t ,=@%'), maxLength: 12 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...everywhere), text, async ({ base, path }, word) => {
      const result = await load(withText(base, path, word));
      if (!result.ok) {
        expect(result.diagnostics.length).toBeGreaterThan(0);
        return;
      }
      expect(word).toMatch(
        path.at(-1) === 'cmdline'
          ? /^[A-Za-z0-9_./][A-Za-z0-9 _.,:=/@+*()[\]-]*$/
          : /^[A-Za-z0-9_+./~:@[][A-Za-z0-9_+./:@=,~ [\]-]*$/,
      );
    }),
    { numRuns: 200 },
  );
});

test.each(['nodes', 'volumeGroups', 'volumes', 'images', 'exports', 'arrays', 'vms', 'secrets', 'defaults'])(
  'hostile names in %s',
  async (section) => {
    for (const word of words) {
      const data = parse(section in parse(good) ? good : served);
      data[section] = Object.fromEntries([
        ...Object.entries(data[section]),
        ['placeholder', Object.values(data[section])[0]],
      ]);
      const said = await complaints(stringify(data).replace(/^ {2}placeholder:/m, `  ${JSON.stringify(word)}:`));
      expect({ word, said: said.length > 0 }).toEqual({ word, said: true });
    }
  },
);

test.each([
  ['defaults.replication.secret', 'secret: drbd', 'secret: CANARY-4711'],
  ['a misspelt key beside it', 'secret: drbd', 'secert: CANARY-4711'],
  ['sudoPassword', '{ user: root }', '{ user: root, prt: 3, sudoPassword: CANARY-4711 }'],
  ['a key that nobody knows', '{ user: root }', '{ user: root, password: CANARY-4711 }'],
  ['a source', '{ env: DRBD_SECRET }', 'CANARY-4711'],
  ['a source of an unknown sort', '{ env: DRBD_SECRET }', '{ value: CANARY-4711 }'],
  ['an impossible variable', '{ env: DRBD_SECRET }', '{ env: CANARY-4711 }'],
  ['a broken line', 'secret: drbd }', 'secret: "CANARY-4711'],
])('a secret written into the inventory is not repeated: %s', async (_, from, to) => {
  const result = await load(good.replace(from, to));
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result.diagnostics)).not.toContain('CANARY');
});

test.each([
  ['chap', 'password: chap', 'password: CANARY-4711'],
  ['mutual chap', '{ env: MUTUAL }', 'CANARY-4711'],
  ['a misspelt key', 'password: chap', 'pasword: CANARY-4711'],
])('nor is the secret of an export: %s', async (_, from, to) => {
  const result = await load(served.replace(from, to));
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result.diagnostics)).not.toContain('CANARY');
});
