/** What one image of the inventory needs: a file that is made once and whole, and a loop device where one is used. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import { command, run } from '../../shell/command.ts';
import { imageRecords, imageUnit } from '../array/paths.ts';
import type { Thing } from '../kind.ts';
import { unknown, unreadable } from '../reading.ts';
import type { Image } from '../site.ts';
import { unitSteps } from '../unit.ts';
import { refuse, type StepDraft, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { ImageFile } from './facts.ts';

/** Left to the file system besides the image. */
const spareBytes = 256 * 2 ** 20;

/** Of the file system that will hold the file, whose folder may not be there yet. */
const roomScript = `folder=\${1%/*}
until [ -z "$folder" ] || [ -d "$folder" ]; do folder=\${folder%/*}; done
free=$(df --block-size=1 --output=avail -- "$folder/" | tail -n 1) && [ "$free" -ge "$2" ] && echo enough`;

/**
 * A fallocate that fails leaves a file that fills the file system (tried, util-linux 2.38.1). Who made the file is written
 * down before it has its name, so that one with the name and without the record is never ours.
 */
const makeScript = `part=$1.sanctl-part record=$3
umask 077
rm -f -- "$part" && mkdir -p -- "\${1%/*}" "\${record%/*}" || exit
fallocate --length "$2" -- "$part" || { rm -f -- "$part"; exit 1; }
inode=$(stat --format=%i -- "$part") && echo "$inode $1" >"$record" && sync -- "$part" "$record" || exit
mv --no-clobber --no-target-directory -- "$part" "$1" && [ ! -e "$part" ] && sync --file-system -- "$1"`;

export function plan({ want, nodes: [node] }: Thing<Image>, world: World): Verdict {
  if (node === undefined) return { steps: [], diagnostics: [] };
  const { files, records, units } = world.have('image', node);
  const file = files[want.name] ?? unknown('it was not asked for');
  const record = records[want.name] ?? unknown('it was not asked for');
  const unit = units[want.name];
  if (!file.known) return refuse(unreadable(`image/${want.name}`, node, file.why));
  if (!record.known) return refuse(unreadable(`image/${want.name}`, node, record.why));
  if (unit?.known === false) return refuse(unreadable(`image/${want.name}`, node, unit.why));
  const problems = file.value === 'absent' ? [] : problemsOf(want, file.value, record.value);
  if (problems.some(({ severity }) => severity === 'error')) return refuse(...problems);
  return {
    steps: [
      ...(file.value === 'absent' ? [make(want)] : []),
      ...(unit === undefined
        ? []
        : unitSteps(node, imageUnit(want.name), unit.value, `the block device of ${want.path}`)),
    ],
    diagnostics: problems,
  };
}

function make({ name, node, path, bytes }: Image): StepDraft {
  return {
    verb: 'make',
    node,
    title: `make ${path} (${formatSize(bytes)}), all of it allocated`,
    danger: 'none',
    guards: [
      {
        ask: command('stat', '--format=%F', '--', path),
        expect: { exit: 1 },
        proves: `there is no ${path} (C1)`,
      },
      {
        ask: command('sh', '-c', roomScript, 'sh', path, String(bytes + spareBytes)),
        expect: { stdout: 'enough' },
        proves: `there is room for ${formatSize(bytes)}, and ${formatSize(spareBytes)} are left`,
      },
    ],
    actions: [run('sh', '-c', makeScript, 'sh', path, String(bytes), `${imageRecords}/${name}`)],
    reason: 'the inventory asks for an image that is not there',
  };
}

function problemsOf(want: Image, file: ImageFile, record: string): readonly Diagnostic[] {
  const place = `${want.path} on ${want.node}`;
  if (!file.regular) return [notOurs(want, `${place} is no plain file`)];
  if (record !== `${file.inode} ${want.path}`) return [notOurs(want, `${place} was not made by sanctl`)];
  if (file.bytes > want.bytes) return [smaller(place, want, file)];
  if (file.bytes < want.bytes) return [larger(place, want, file)];
  return file.allocatedBytes < file.bytes ? [sparse(place, file)] : [];
}

function notOurs({ path }: Image, detail: string): Diagnostic {
  return error('image/not-ours', 'A path is taken by another file', `${detail}.`, {
    help: `Name another path, or move ${path} away after looking at what it holds.`,
  });
}

function smaller(place: string, want: Image, file: ImageFile): Diagnostic {
  const detail = `${place} has ${formatSize(file.bytes)}, and the inventory asks for ${formatSize(want.bytes)} (L3).`;
  return error('image/shrink', 'An image is never made smaller', detail, {
    help: 'Write its size into the inventory as it is.',
  });
}

function larger(place: string, want: Image, file: ImageFile): Diagnostic {
  const detail = `${place} has ${formatSize(file.bytes)}, and the inventory asks for ${formatSize(want.bytes)}.`;
  return error('image/grow', 'An image does not grow by itself', detail, {
    help: 'What uses it would have to follow. Make another image, and replace the member of the array by it.',
  });
}

function sparse(place: string, { bytes, allocatedBytes }: ImageFile): Diagnostic {
  const detail = `${place}: ${formatSize(allocatedBytes)} of ${formatSize(bytes)} are allocated.`;
  return warning('image/sparse', 'An image has holes', detail, {
    help: 'Something discarded blocks of it. With its file system full, writing into the holes fails.',
  });
}
