/** The unit that mounts the file system of an array. */
import { expect, test } from 'vitest';
import { filesystem } from '../../../src/kinds/filesystem/index.ts';
import type { World } from '../../../src/kinds/world.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';

const site = compactSite({
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { m1: { size: '128MiB' }, m2: { size: '128MiB' } },
  arrays: {
    one: { members: [{ volume: 'm1' }, { volume: 'm2' }], filesystem: { type: 'ext4', mount: '/srv/backup' } },
  },
});

test('nothing is written to its folder while it is not mounted, and never is the file system itself made so', () => {
  const things = filesystem.expand(site, { render: templateRenderer(templateFiles()) } as unknown as World);
  const unit = JSON.stringify(things.find(({ name }) => name.endsWith('sanctl-filesystem-one.service'))?.want);
  const lines = ['/bin/mkdir -p', 'mountpoint -q /srv/backup || chattr +i /srv/backup', '/bin/mount -t ext4'];
  const places = lines.map((line) => unit.indexOf(line));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});
