/** What is said of LUNs (`sanctl export list`): who is logged in, over how many paths, how healthy. */
import { expect, test } from 'vitest';
import { initiator } from '../../../src/kinds/initiator/index.ts';
import { target } from '../../../src/kinds/target/index.ts';
import { lunsOf } from '../../../src/kinds/target/roster.ts';
import type { NodeFacts } from '../../../src/kinds/world.ts';
import type { ProbeOutputs } from '../../../src/shell/command.ts';
import { servedText } from '../../../src/view/served.ts';
import { answersOf, type Case } from '../cases.ts';
import { compactSite } from '../compact.ts';

const about: Case = {
  about: 'a LUN of alpha that bravo imports over two portals',
  like: 'iscsi',
  site: {
    volumeGroups: { vg0: { devices: { alpha: ['/dev/vdb'] } } },
    volumes: { db: { size: '256MiB' } },
    initiators: { bravo: 'iqn.2026-01.internal.sanctl:iscsi34:initiator:bravo' },
    exports: {
      db: {
        via: 'iscsi',
        iqn: 'iqn.2026-01.internal.sanctl:iscsi34:db',
        serial: '1b526250-3894-550f-a353-dc5f3e3e8585',
        portals: ['10.77.0.11', '10.78.0.11'],
        multipath: 'active-active',
        timeoutSeconds: 30,
        chap: { user: 'bravo', password: 'chap', mutual: { user: 'alpha', password: 'back' } },
      },
    },
  },
};
const site = compactSite(about.site ?? {});

/** What its nodes said, with some of it said otherwise. */
function listed(nodes: readonly string[], replaced: Readonly<Record<string, string>> = {}) {
  const facts = new Map(
    nodes.map((node) => {
      const outputs: ProbeOutputs = new Map(
        [...answersOf(about, node)].map(([name, output]) => {
          const stdout = Object.entries(replaced).reduce(
            (text, [from, to]) => text.replaceAll(from, to),
            output.stdout,
          );
          return [name, { ...output, stdout }];
        }),
      );
      const all = { target: target.parse(outputs, site, node), initiator: initiator.parse(outputs, site, node) };
      return [node, all as NodeFacts] as const;
    }),
  );
  const [one] = lunsOf(site, facts);
  if (one === undefined) throw new Error('no LUN');
  const text = servedText([one], { columns: 160, paint: (_, words) => words }).split('\n')[1];
  return { ...one, text, importer: one.importers[0] };
}

const both = ['alpha', 'bravo'];

test('served, and imported over all paths', () => {
  const { text, importer } = listed(both);
  expect(text).toBe('db      iscsi, chap both ways  db on alpha  served  bravo /dev/mapper/db (2 of 2 paths)');
  expect(importer).toEqual({
    node: 'bravo',
    state: 'connected',
    status: '2 of 2 paths',
    device: 'mapper/db',
    healthy: true,
    paths: [
      { portal: '10.77.0.11:3260', state: 'LOGGED_IN' },
      { portal: '10.78.0.11:3260', state: 'LOGGED_IN' },
    ],
  });
});

test('a path that is gone is named, and the LUN is not healthy', () => {
  const broken = '10.78.0.11:3260 iqn.2026-01.internal.sanctl:iscsi34:initiator:bravo';
  const { text, importer } = listed(both, { [`${broken} LOGGED_IN`]: `${broken} FAILED` });
  expect(text).toContain('bravo /dev/mapper/db (1 of 2 paths)');
  expect(importer?.healthy).toBe(false);
  expect(importer?.paths[1]).toEqual({ portal: '10.78.0.11:3260', state: 'FAILED' });
});

test('all paths are gone: it is not connected, though its device is there', () => {
  const { text, importer } = listed(both, { LOGGED_IN: 'FAILED' });
  expect(text).toContain('bravo not connected (0 of 2 paths)');
  expect(importer?.device).toBe('mapper/db');
});

test('all paths are there, and multipath has joined one alone', () => {
  const { importer } = listed(both, { 'paths sda sdb': 'paths sda' });
  expect(importer).toMatchObject({ state: 'connected', status: '2 of 2 paths', healthy: false });
});

test('a disk behind it that was not made for it is never healthy (I2)', () => {
  const { text, importer } = listed(both, { 'paths sda sdb': 'paths sda sdx' });
  expect(text).toContain('bravo /dev/mapper/db (2 of 2 paths, not as it was made)');
  expect(importer?.healthy).toBe(false);
});

test('an importer that does not answer is unknown; its server says that it is logged in', () => {
  expect(listed(['alpha']).text).toContain('bravo unknown (logged in at alpha)');
  expect(listed(['bravo'])).toMatchObject({ state: 'unknown', importer: { healthy: true } });
});

test('somebody is logged in who is no importer (N7)', () => {
  const of = 'entry iqn.2026-01.internal.sanctl:iscsi34:db tpgt_1 iqn.2026-01.internal.sanctl:iscsi34:initiator';
  const { text, others } = listed(both, { [`${of}:bravo`]: `${of}:charlie` });
  expect(others).toEqual(['iqn.2026-01.internal.sanctl:iscsi34:initiator:charlie']);
  expect(text).toContain('; iqn.2026-01.internal.sanctl:iscsi34:initiator:charlie (no importer)');
});
