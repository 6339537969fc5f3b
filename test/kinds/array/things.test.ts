/** An array over an export: what it asks of its node and of the exporter. */
import { expect, test } from 'vitest';
import { array } from '../../../src/kinds/array/index.ts';
import { create } from '../../../src/kinds/array/steps.ts';
import type { World } from '../../../src/kinds/world.ts';
import { actionLines } from '../../../src/shell/text.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';

const site = compactSite({
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { far: { size: '128MiB', replicas: ['bravo'] }, near: { size: '128MiB' } },
  exports: { far: { from: 'bravo', to: ['alpha'] } },
  arrays: { one: { members: [{ export: 'far' }, { volume: 'near' }] } },
});
const things = array.expand(site, { render: templateRenderer(templateFiles()) } as unknown as World);

test('nothing but its unit assembles it, neither there nor on the exporter (R2)', () => {
  const rules = ['etc/mdadm/mdadm.conf.d/sanctl.conf', 'etc/udev/rules.d/63-sanctl-md.rules'];
  for (const node of ['alpha', 'bravo']) {
    const files = things.filter((one) => one.kind === 'file' && one.nodes.includes(node)).map(({ name }) => name);
    expect(files).toEqual(expect.arrayContaining(rules));
  }
  expect(things.filter(({ kind }) => kind === 'array').map(({ nodes }) => nodes)).toEqual([['alpha']]);
});

test('its members are there before it, and it comes behind its imports at boot', () => {
  const needs = things.find(({ kind }) => kind === 'array')?.needs;
  expect(needs).toEqual(expect.arrayContaining(['import/far@alpha', 'volume/near', 'package/debian@alpha']));
  const unit = things.find(({ name }) => name.endsWith('sanctl-array-one.service'));
  expect(JSON.stringify(unit?.want)).toContain('After=sanctl-import-far.service');
});

test('reads go to the near member of a mirror', () => {
  const one = site.arrays['one'];
  if (one === undefined) throw new Error('no array');
  const [far, near] = one.members.map((on, at) => ({ on, path: `/dev/${at}`, device: undefined }));
  if (far === undefined || near === undefined) throw new Error('no members');
  const lines = (level: 1 | 5) =>
    create({ ...one, level }, [far, near])
      .actions.flatMap(actionLines)
      .join('\n');
  expect(lines(1)).toMatch(/--name=one \/dev\/1 --write-mostly \/dev\/0$/m);
  expect(lines(5)).toMatch(/--name=one \/dev\/0 \/dev\/1$/m);
});
