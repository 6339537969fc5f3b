/** What the walk over the folders of files looks at. */
import { expect, test } from 'vitest';
import { probes } from '../../../src/kinds/file/probes.ts';

test('the files of domains are looked for even where the inventory has none (X6)', () => {
  const list = probes(['/etc/lvm/lvmlocal.conf']).find(({ name }) => name === 'file.list');
  expect(list?.command.argv).toEqual(expect.arrayContaining(['/etc/lvm/*', '/etc/xen/*']));
});
