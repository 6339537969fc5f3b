/** What a template of the user's own may not do: hide a domain or a disk from the guards (X1, X6). */
import { describe, expect, test } from 'vitest';
import { renderDomain } from '../../../src/kinds/domain/config.ts';
import type { Disk } from '../../../src/kinds/domain/devices.ts';
import { lint } from '../../../src/kinds/domain/lint.ts';
import type { World } from '../../../src/kinds/world.ts';
import { fillIn } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';

const vm = compactSite({ vms: { web: {} } }).vms['web'];
if (vm === undefined) throw new Error('no VM');
const root: Disk = {
  on: 'volume',
  volume: 'web-root',
  path: '/dev/drbd0',
  names: ['/dev/drbd0'],
  below: [],
  as: 'xvda',
  readOnly: false,
  replicated: true,
};
const isos: Disk = { ...root, volume: 'isos', path: '/dev/vg0/isos', as: 'xvdb', readOnly: true };
const world = { render: templateRenderer(templateFiles()) } as unknown as World;
const ours = fillIn(renderDomain(vm, [root, isos], world), () => '');

function found(text: string): readonly string[] {
  return lint(vm as NonNullable<typeof vm>, [root, isos], [text]).map(({ code, detail }) => `${code} ${detail}`);
}

test('our own template is right', () => expect(found(ours)).toEqual([]));

test('a secret in it is no text of it', () => {
  if (vm === undefined) return;
  expect(lint(vm, [root, isos], [`${ours}vfb = ["vnc=1,vncpasswd=`, { secret: 'vnc' }, '"]\n'])).toEqual([]);
});

test.each<[string, string]>([
  ['more that is no disk', `${ours}on_crash = 'preserve'; nestedhvm = 1\nextra = "root=/dev/xvda \\"x\\"" # said`],
  ['a disk that is only read, where it could be written', ours.replace('access=rw', 'access=ro')],
  ['with discard', ours.replace('access=rw,', 'access=rw, discard,')],
  ['one disk left out', ours.replace(/ *"format=raw, vdev=xvdb.*\n/, '')],
  ['no disk at all', ours.replace(/disk = \[[^\]]*\]/, '')],
])('allowed: %s', (_, text) => expect(found(text)).toEqual([]));

describe('refused', () => {
  const disk = (spec: string): string => ours.replace('disk = [', `disk = [ "${spec}",`);
  test.each<[string, string, string]>([
    ['another disk', disk('format=raw, vdev=xvdc, access=rw, target=/dev/vg0/other'), 'the inventory has no disk'],
    [
      'the same under another name',
      disk('format=raw, vdev=xvdc, access=rw, target=/dev/drbd0'),
      'the inventory has no',
    ],
    [
      'an image',
      disk('format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/srv/a.iso'),
      'the inventory has no disk',
    ],
    ['the short form', disk('phy:/dev/drbd0,xvda,w'), 'is not written like'],
    ['a target that is followed', disk('target=/dev/drbd0, vdev=xvda'), 'is not written like'],
    ['two targets', disk('vdev=xvda, target=/dev/x, target=/dev/drbd0'), 'the inventory has no disk'],
    ['a script', disk('vdev=xvda, script=evil, target=/dev/drbd0'), 'is not written like'],
    ['another format', disk('format=qcow2, vdev=xvda, target=/dev/drbd0'), 'is not written like'],
    ['a disk of another domain', disk('backend=storage, vdev=xvda, target=/dev/drbd0'), 'is not written like'],
    ['a writer of what is to be read only', ours.replace('access=ro', 'access=rw'), 'lets it only read'],
    ['no word about writing', ours.replace('access=ro, ', ''), 'lets it only read'],
    ['two words about writing', ours.replace('access=ro', 'access=ro, access=w'), 'lets it only read'],
    ['disks that are no list', `${ours.replace('disk =', 'disks =')}\ndisk = "phy:/dev/x,xvda,w"\n`, 'no list'],
    ['two lists', `${ours}disk = [ "phy:/dev/x,xvdb,w" ]\n`, '`disk` twice'],
    ['more added', `${ours}disk += [ "phy:/dev/x,xvdb,w" ]\n`, 'cannot be read'],
    [
      'a drive for the device model',
      `${ours}device_model_args_hvm = [ "-drive", "file=/dev/x" ]\n`,
      'can bring a disk',
    ],
    ['a disk by USB', `${ours}usbdevice = "disk:/dev/x"\n`, 'can bring a disk'],
    ['another name', ours.replace('name = "web"', 'name = "web2"'), 'its `name` is not web'],
    ['no uuid', ours.replace(/^uuid.*$/m, ''), 'its `uuid` is not a9f3'],
    ['a quote too few', ours.replace('name = "web"', 'name = "web'), 'cannot be read'],
    ['a bracket too few', ours.replace(']', ''), 'cannot be read'],
    ['two words on a line', ours.replace('vcpus', 'memory = 1 vcpus'), 'cannot be read'],
  ])('%s', (_, text, why) => {
    expect(text).not.toBe(ours);
    const said = found(text);
    expect(said.join('\n')).toContain(why);
    expect(said.every((one) => one.startsWith('domain/unsafe-file domain/web is refused: '))).toBe(true);
  });
});
