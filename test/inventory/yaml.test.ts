/** YAML as an enemy writes it. */
import { expect, test } from 'vitest';
import { complaints, good, load } from './texts.ts';

test.each([
  ['a document that is not closed', 'site: "home', '1:12 syntax: Missing closing "quote'],
  ['tabs', 'version: 1\nnodes:\n\talpha: {}', '3:1 syntax: Tabs are not allowed as indentation'],
  ['two documents', 'version: 1\n---\nversion: 1\n', '2:1 syntax: A second document begins here; a file holds one.'],
  ['a key that is a list', '? [a]\n: 1\n', '1:3 syntax: With stringKeys, all keys must be strings'],
  ['a key that is an alias', 'a: &x b\n*x : 1\n', '2:1 syntax: With stringKeys, all keys must be strings'],
])('%s', async (_, text, says) => {
  const said = (await complaints(text)).map((line) => line.replace(/ ->.*/, ''));
  expect(said.join('\n')).toContain(says);
});

const tagged =
  'tag: Only plain texts, numbers, lists and sections may stand here, without a tag. -> Take the tag away.';

test.each(['!!binary', '!ruby/object:Kernel', '!!str', '!', '!<tag:yaml.org,2002:str>', '&name !!str'])(
  'the tag %s',
  async (tag) => {
    const column = tag.startsWith('&') ? 13 : 7;
    expect(await complaints(good.replace('site: home', `site: ${tag} home`))).toEqual([`2:${column} ${tagged}`]);
  },
);

test('a tag of a section, of a list, of an item, of a key and of a text in lines, each with its place', async () => {
  const text = good
    .replace('  bravo:', '  bravo: !!map')
    .replace('replicas: [alpha, bravo], minor', 'replicas: !!seq [!!str alpha, bravo], minor')
    .replace('site: home', '!!str site: !!str |-\n  home');
  expect(await complaints(`!!map\n${text}`)).toEqual(
    ['1:1', '3:1', '3:13', '11:10', '20:49', '20:56'].map((place) => `${place} ${tagged}`),
  );
});

test.each([
  ['a file that is set in with them', good.replaceAll('  ', '\t'), ['4:1', 29]],
  ['one line in a section', good.replace('    address: 10.77.0.11', '\taddress: 10.77.0.11'), ['8:1', 1]],
  ['after blanks', good.replace('    address: 10.77.0.11', '   \taddress: 10.77.0.11'), ['8:4', 1]],
  ['in a list of several lines', good.replace('[/dev/vdb, /dev/vdc]', '[\n\t/dev/vdb,\n\t/dev/vdc]'), ['16:1', 2]],
  ['after a hyphen', good.replace('[/dev/vdb, /dev/vdc]', '\n    -\t/dev/vdb: 1\n      x: 1'), ['16:6', 1]],
] as const)('tabs are one mistake: %s', async (_, text, [place, lines]) => {
  const more = lines > 1 ? `; ${lines} lines begin with one` : '';
  expect(await complaints(text)).toEqual([
    `${place} syntax: Tabs are not allowed as indentation${more}. -> Set lines in with blanks; YAML takes no tabs.`,
  ]);
});

test('a tab hides no mistake above it', async () => {
  const said = await complaints(`site: "home" x\n${good.replace('    address', '\taddress')}`);
  expect(said.map((line) => line.split(' ')[0])).toEqual(['1:14', '9:1']);
});

test('aliases stand for what they name', async () => {
  const text = good
    .replace('replicas: [alpha, bravo], minor', 'replicas: &both [alpha, bravo], minor')
    .replace('replicas: [alpha, bravo], thinPool', 'replicas: *both, thinPool');
  const result = await load(text);
  expect(result.diagnostics).toEqual([]);
  expect(result.ok && result.value.site.volumes['db']?.replicas).toEqual(['alpha', 'bravo']);
});

test('a bomb of aliases is refused before it goes off', async () => {
  const levels = Array.from(
    { length: 30 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`).join(', ')}]`,
  );
  const said = await complaints(`version: 1\nl0: &l0 [x]\n${levels.join('\n')}\n`);
  expect(said.some((line) => line.includes('alias: Aliases stand for more than 10000 values.'))).toBe(true);
});

test.each([
  ['itself', '&x [*x]'],
  ['nothing', '*nobody'],
])('an alias to %s', async (_, value) => {
  expect((await complaints(good.replace('site: home', `site: ${value}`))).join('\n')).toContain(
    'alias: No anchor of this name ends before it.',
  );
});

test.each([['['], ['{a: '], ['- '], ['? ']])('%sas deep as anybody likes does not end the process', async (open) => {
  expect((await complaints(open.repeat(20_000))).join('\n')).toContain(
    'too-deep: More than 32 levels of lists and sections.',
  );
});

test('as many comments as anybody likes do not end the process', async () => {
  expect(await complaints(good.replace('nodes:\n', `nodes:\n${'  #\n'.repeat(50_000)}`))).toEqual([]);
});

test.each([[''], ['# only a comment\n'], ['---\n'], ['~\n']])('an empty inventory: %j', async (text) => {
  expect(await complaints(text)).toEqual(['- unreadable: inventory.yaml: there is nothing in it.']);
});

test.each([['5'], ['[a]'], ['text']])('%s instead of sections', async (text) => {
  expect(await complaints(text)).toHaveLength(1);
  expect((await complaints(text))[0]).toContain('wrong-type: `The inventory` is');
});

test('text that is not UTF-8', async () => {
  expect(await complaints({ 'a.yaml': Buffer.from([0x73, 0x3a, 0xff, 0xfe]) })).toEqual([
    '- unreadable: a.yaml is not text in UTF-8.',
  ]);
});

test('a byte order mark and carriage returns are no mistake', async () => {
  expect(await complaints(`\uFEFF${good.replaceAll('\n', '\r\n')}`)).toEqual([]);
});

test('numbers of YAML 1.1 are no numbers here', async () => {
  const said = await complaints(
    good.replace('"00:16:3e:00:00:50"', '00:16:3e:00:00:50').replace('readOnly: true', 'readOnly: yes'),
  );
  expect(said).toEqual(['33:48 wrong-type: `vms.mail.disks.0.readOnly` is a text; it must be true or false.']);
});
