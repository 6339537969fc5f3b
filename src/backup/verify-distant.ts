/** Whether a backup that a node keeps still is what it was when it was made: that node reads every byte of it. */
import { createHash } from 'node:crypto';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import type { Sums } from '../shell/script.ts';
import { sumsBegin } from '../shell/sums.ts';
import type { Connection } from '../transport/connection.ts';
import { type BackupDisk, fileOf, lengthOf, type Manifest, parseManifest } from './manifest.ts';
import * as no from './refusals.ts';

/** Seconds that a node may read. */
const readSeconds = 86_400;

/** What a node said of one disk. */
interface Said {
  size: number;
  readonly parts: string[];
  whole: string;
}

export async function verifyDistant(connection: Connection, path: string): Promise<Result<Manifest>> {
  const place = `${connection.node}:${path}`;
  const first = await ask(connection, { do: 'sums', path, disks: [] });
  if ('why' in first) return failed(no.notReadable(place, first.why));
  const manifest = parseManifest(first.manifest);
  if (!manifest.known) return failed(no.noManifest(place, manifest.why));
  const { disks } = manifest.value;
  const shapes = disks.map(({ volume, bytes }) => ({ volume, bytes }));
  const second = await ask(connection, { do: 'sums', path, disks: shapes });
  if ('why' in second) return failed(no.notReadable(place, second.why));
  if (second.manifest !== first.manifest) return failed(no.noManifest(place, 'it was changed meanwhile'));
  const problems = disks.flatMap((disk, at) => problemsOf(`${place}/${fileOf(disk)}`, disk, second.disks[at]));
  return problems.length > 0 ? failed(...problems) : ok(manifest.value);
}

function problemsOf(path: string, disk: BackupDisk, said: Said | undefined): readonly Diagnostic[] {
  if (said?.size !== disk.bytes) return [no.otherLength(path, disk.bytes, said?.size ?? 0)];
  const wrong = disk.parts.flatMap((word, at) => (said.parts[at] === sumOf(word, at, disk.bytes) ? [] : [at]));
  if (wrong.length > 0) return [no.otherParts(path, wrong)];
  return said.whole === disk.sha256 ? [] : [no.otherSum(path)];
}

function sumOf(word: string, at: number, bytes: number): string {
  if (word !== 'zeros') return word;
  return createHash('sha256')
    .update(Buffer.alloc(lengthOf(at, bytes)))
    .digest('hex');
}

type Answer = { readonly manifest: string; readonly disks: readonly Said[] } | { readonly why: string };

async function ask(connection: Connection, script: Sums): Promise<Answer> {
  const lines: string[] = [];
  let rest = '';
  const onBytes = async (bytes: Uint8Array): Promise<undefined> => {
    const [last = '', ...whole] = `${rest}${Buffer.from(bytes).toString('utf8')}`.split('\n').reverse();
    rest = last;
    for (const line of whole.reverse()) lines.push(line);
  };
  const reply = await connection.run(script, { onBytes, deadlineSeconds: readSeconds });
  if (reply.outcome === 'unknown') return { why: `the line was lost: ${reply.why}` };
  if (reply.code !== 0) return { why: reply.stderr.trim() || `it ended with ${reply.code}` };
  return understood(lines.slice(lines.indexOf(sumsBegin) + 1)) ?? { why: 'what the node says of it is not understood' };
}

/** Undefined: a line that is none of ours, or no end. */
function understood([head = '', ...lines]: readonly string[]): Answer | undefined {
  const disks: Said[] = [];
  if (!head.startsWith('manifest ') || lines.pop() !== 'end') return undefined;
  for (const line of lines) {
    const [is = '', at, word = ''] = line.split(' ');
    if (is === 'size' && Number(at) === disks.length) disks.push({ size: Number(word), parts: [], whole: '' });
    const disk = disks[Number(at)];
    if (disk === undefined || !['size', 'part', 'whole'].includes(is)) return undefined;
    if (is === 'part') disk.parts.push(word);
    if (is === 'whole') disk.whole = word;
  }
  return { manifest: head.slice('manifest '.length), disks };
}
