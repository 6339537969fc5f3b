/**
 * What xl accepts although sanctl could no longer keep two guests from one disk (X1, X6): every guard looks at the names and
 * disks of the inventory, and xl acts on those of the file. Held against what the template made, because the template
 * may be the user's own.
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { Vm } from '../site.ts';
import type { Disk } from './devices.ts';
import { parseSettings, type Value } from './language.ts';

export function lint(vm: Vm, disks: readonly Disk[], file: Content): readonly Diagnostic[] {
  const settings = parseSettings(file.map((piece) => (typeof piece === 'string' ? piece : 'x')).join(''));
  const problems = settings === undefined ? ['it cannot be read as `name = value`'] : problemsOf(vm, disks, settings);
  return problems.map((what) =>
    error('domain/unsafe-file', 'The file of a domain would risk data', `domain/${vm.name} is refused: ${what}.`, {
      help: 'Put it right in your template `templates/domain/domain.cfg`. A disk that it is to have belongs into the inventory: `disks` of the VM.',
    }),
  );
}

function problemsOf(vm: Vm, disks: readonly Disk[], settings: readonly (readonly [string, Value])[]): string[] {
  const names = settings.map(([name]) => name);
  const found = new Map(settings);
  return [
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `it says \`${name}\` twice`),
    ...other('name', vm.name, found),
    ...other('uuid', vm.uuid, found),
    ...names.filter((name) => bringsDisks.test(name)).map((name) => `\`${name}\` can bring a disk that nobody sees`),
    ...diskProblems(disks, found.get('disk') ?? []),
  ];
}

/** By which it is found wherever it runs. */
function other(name: string, wanted: string, found: ReadonlyMap<string, Value>): readonly string[] {
  return found.get(name) === wanted ? [] : [`its \`${name}\` is not ${wanted}`];
}

/** Words for the device model itself, which takes `-drive`; and `usbdevice = "disk:..."`. */
const bringsDisks = /^(device_model_(args|override)|usbdevice)/;

function diskProblems(disks: readonly Disk[], value: Value): readonly string[] {
  if (typeof value === 'string') return ['`disk` is no list'];
  return value.flatMap((spec) => {
    const read = parseDisk(spec);
    if (read === undefined) return [`the disk "${spec}" is not written like \`${example}\``];
    const disk = disks.find(({ path, as }) => path === read.target && as === read.vdev);
    if (disk === undefined) return [`the inventory has no disk "${spec}"`];
    return disk.readOnly && read.writes ? [`the inventory lets it only read "${spec}"`] : [];
  });
}

const example = 'format=raw, vdev=xvda, access=rw, target=/dev/drbd0';
const pieces =
  /^(format=raw|vdev=[a-z0-9]+|access=(r|ro|w|rw)|devtype=(disk|cdrom)|discard|no-discard|direct-io-safe)$/;

/** xl-disk-configuration(5), the named form only: `target` is last and takes the rest. */
function parseDisk(
  spec: string,
): { readonly target: string; readonly vdev: string; readonly writes: boolean } | undefined {
  const [, before, target] = /^(.*?),\s*target=(.*)$/.exec(spec) ?? [];
  if (before === undefined || target === undefined) return undefined;
  const words = before.split(',').map((word) => word.trim());
  if (!words.every((word) => pieces.test(word))) return undefined;
  const said = (key: string): readonly string[] =>
    words.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
  const [vdev, ...more] = said('vdev');
  if (vdev === undefined || more.length > 0) return undefined;
  const access = said('access');
  return { target, vdev, writes: access.length === 0 || access.some((one) => one.includes('w')) };
}
