/** What the walk over the folders of files looks at. */
import { expect, test } from 'vitest';
import { managedPaths } from '../../../src/kinds/file/paths.ts';
import { probes } from '../../../src/kinds/file/probes.ts';
import { compactSite } from '../compact.ts';

test('the files of domains are looked for even where the inventory has none (X6)', () => {
  const list = probes(['/etc/lvm/lvmlocal.conf']).find(({ name }) => name === 'file.list');
  expect(list?.command.argv).toEqual(expect.arrayContaining(['/etc/lvm/*', '/etc/xen/*']));
});

test('every file that sanctl writes is within reach of the walk', () => {
  const site = compactSite({
    volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
    volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] } },
    vms: { web: { disks: [{ volume: 'web-root', as: 'xvda', readOnly: false }] } },
  });
  const paths = managedPaths(site, 'alpha');
  const argv: readonly string[] = probes(paths).find(({ name }) => name === 'file.list')?.command.argv ?? [];
  const roots = argv.slice(1, argv.indexOf('-mindepth'));
  const depth = (path: string, root: string): number => path.slice(root.length + 1).split('/').length;
  const reached = paths.filter((path) =>
    roots.some((root) => path.startsWith(`${root}/`) && depth(path, root) >= 1 && depth(path, root) <= 2),
  );
  expect(paths.length).toBeGreaterThan(4);
  expect(reached).toEqual(paths);
});
