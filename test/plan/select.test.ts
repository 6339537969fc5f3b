/** What is left of a site without a node: nothing that would be only a part of itself. */
import { expect, test } from 'vitest';
import { siteWithout } from '../../src/plan/select.ts';
import { compactSite } from '../kinds/compact.ts';

const site = compactSite({
  nodes: ['alpha', 'bravo', 'charlie', 'delta', 'hub'],
  volumes: {
    one: { size: '1GiB' },
    two: { size: '1GiB', replicas: ['bravo'] },
    far: { size: '1GiB', replicas: ['delta'] },
  },
  images: { file: { node: 'hub' } },
  exports: {
    one: { to: ['hub'] },
    two: { from: 'bravo', to: ['charlie', 'hub'] },
    far: { via: 'iscsi', from: 'delta', to: ['charlie'] },
  },
  arrays: { backup: { node: 'hub', members: [{ export: 'one' }, { image: 'file' }] } },
  vms: {
    web: {
      home: 'charlie',
      disks: [
        { export: 'two', as: 'xvda', readOnly: false },
        { export: 'far', as: 'xvdb', readOnly: false },
      ],
    },
    db: { home: 'hub', disks: [{ array: 'backup', as: 'xvda', readOnly: false }] },
  },
  initiators: { charlie: 'iqn.2026-01.internal.sanctl:case:initiator:charlie' },
});

test.each([
  ['alpha', 'two far', '', 'web'],
  ['bravo', 'one far', 'backup', 'db'],
  ['hub', 'far', '', ''],
  ['charlie', 'one', 'backup', 'db'],
  // Of `two`, which is there with all its nodes, the VM that decides who imports it is not.
  ['delta', 'one', 'backup', 'db'],
])('without %s', (node, exports, arrays, vms) => {
  const left = siteWithout(site, [node]);
  const names = [left.exports, left.arrays, left.vms].map((all) => Object.keys(all).join(' '));
  expect(names).toEqual([exports, arrays, vms]);
  expect(Object.keys(left.images)).toEqual(node === 'hub' ? [] : ['file']);
  expect(Object.keys(left.initiators)).toEqual(node === 'charlie' ? [] : ['charlie']);
});
