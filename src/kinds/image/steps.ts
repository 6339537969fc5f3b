/** What one image of the inventory needs: a file that is made once and whole, and a loop device where one is used. */
import type { Diagnostic } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import { command, run } from '../../shell/command.ts';
import { imageRecords, imageUnit } from '../array/paths.ts';
import type { Thing } from '../kind.ts';
import { unknown, unreadable } from '../reading.ts';
import type { Image } from '../site/storage.ts';
import { unitSteps } from '../unit.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { type ImageFacts, type ImageFile, partSuffix } from './facts.ts';
import * as no from './refusals.ts';

/** Left to the file system besides the image. */
const spareBytes = 256 * 2 ** 20;

/** Of the file system that will hold the file, whose folder may not be there yet. */
const roomScript = `folder=\${1%/*}
until [ -z "$folder" ] || [ -d "$folder" ]; do folder=\${folder%/*}; done
free=$(df --block-size=1 --output=avail -- "$folder/" | tail -n 1) && [ "$free" -ge "$2" ] && echo enough`;

/** What the node mounts by its fstab above the file, and has not: the file would be made below it, and be hidden by the mount (C1). */
export const unmountedScript = `all=$(findmnt --fstab --raw --noheadings --output TARGET) || [ $? -eq 1 ] || exit 2
printf '%s\\n' "$all" | while read -r target; do
  [ -z "$target" ] || case $1 in "\${target%/}"/*) mountpoint -q -- "$target" || echo "$target" ;; esac
done`;

/** Never over anything, and it ends well only if it has its name. */
const nameScript = `mv --no-clobber --no-target-directory -- "$part" "$1" && [ ! -e "$part" ] && sync --file-system -- "$1"`;
const finishScript = `part=$1${partSuffix}
${nameScript}`;

/**
 * A fallocate that fails leaves a file that fills the file system (tried, util-linux 2.38.1). Who made the file is written
 * down before it has its name, so that one with the name and without the record is never ours.
 */
const makeScript = `part=$1${partSuffix} record=$3
umask 077
rm -f -- "$part" && mkdir -p -- "\${1%/*}" "\${record%/*}" || exit
fallocate --length "$2" -- "$part" || { rm -f -- "$part"; exit 1; }
inode=$(stat --format=%i -- "$part") && echo "$inode $1" >"$record" && sync -- "$part" "$record" || exit
${nameScript}`;

export function plan({ want, nodes: [node] }: Thing<Image>, world: World): Verdict {
  if (node === undefined) return { steps: [], diagnostics: [] };
  // The part of one must never be another one.
  if (want.path.endsWith(partSuffix)) return refuse(no.reserved(want, partSuffix));
  const facts = world.have('image', node);
  const unit = facts.units[want.name];
  const file = planFile(want, node, facts);
  if (file.diagnostics.some(({ severity }) => severity === 'error') || unit === undefined) return file;
  if (!unit.known) return refuse(unreadable(`image/${want.name}`, node, unit.why));
  const units = unitSteps(node, imageUnit(want.name), unit.value, `the block device of ${want.path}`);
  return { ...file, steps: [...file.steps, ...units] };
}

/** One that was made and is not there is not blank: what it is on may not be mounted (C1, C5). */
function planFile(want: Image, node: string, facts: ImageFacts): Verdict {
  const file = facts.files[want.name] ?? unknown('it was not asked for');
  const record = facts.records[want.name] ?? unknown('it was not asked for');
  if (!file.known) return refuse(unreadable(`image/${want.name}`, node, file.why));
  if (!record.known) return refuse(unreadable(`image/${want.name}`, node, record.why));
  if (file.value !== 'absent') return { steps: [], diagnostics: problemsOf(want, file.value, record.value) };
  if (record.value === 'absent') return steps(make(want));
  const part = facts.parts[want.name] ?? unknown('it was not asked for');
  if (!part.known) return refuse(unreadable(`image/${want.name}`, node, part.why));
  return record.value === `${part.value} ${want.path}` ? steps(finish(want)) : refuse(no.lost(want, record.value));
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
        ask: command('stat', '--format=%F', '--', recordPath({ name })),
        expect: { exit: 1 },
        proves: `${name} was never made on ${node}`,
      },
      {
        ask: command('sh', '-c', unmountedScript, 'sh', path),
        expect: { stdout: '' },
        proves: `what ${node} mounts above ${path} is mounted`,
      },
      {
        ask: command('sh', '-c', roomScript, 'sh', path, String(bytes + spareBytes)),
        expect: { stdout: 'enough' },
        proves: `there is room for ${formatSize(bytes)}, and ${formatSize(spareBytes)} are left`,
      },
    ],
    actions: [run('sh', '-c', makeScript, 'sh', path, String(bytes), recordPath({ name }))],
    reason: 'the inventory asks for an image that was never made',
  };
}

function finish({ name, node, path }: Image): StepDraft {
  const part = `${path}${partSuffix}`;
  return {
    verb: 'finish',
    node,
    title: `give ${part} its name, ${path}`,
    danger: 'none',
    guards: [
      {
        ask: command('stat', '--format=%F', '--', path),
        expect: { exit: 1 },
        proves: `there is no ${path} (C1)`,
      },
      {
        ask: command(
          'sh',
          '-c',
          'echo "$(stat --format=%i -- "$1") $2" | cmp --quiet - "$3" && echo same',
          'sh',
          part,
          path,
          recordPath({ name }),
        ),
        expect: { stdout: 'same' },
        proves: `${part} is the file that was made for it`,
      },
    ],
    actions: [run('sh', '-c', finishScript, 'sh', path)],
    reason: 'making it broke off right before its end',
  };
}

function recordPath({ name }: Pick<Image, 'name'>): string {
  return `${imageRecords}/${name}`;
}

function problemsOf(want: Image, file: ImageFile, record: string): readonly Diagnostic[] {
  const place = `${want.path} on ${want.node}`;
  if (!file.regular) return [no.notOurs(want, `${place} is no plain file`)];
  if (record !== `${file.inode} ${want.path}`) return [no.notOurs(want, `${place} was not made by sanctl`)];
  if (file.bytes > want.bytes) return [no.smaller(place, want, file)];
  if (file.bytes < want.bytes) return [no.larger(place, want, file)];
  return file.allocatedBytes < file.bytes ? [no.sparse(place, file)] : [];
}
