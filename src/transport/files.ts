/** Files on this machine that are there whole or not at all: the door to write-file-atomic. */
import writeAtomic from 'write-file-atomic';

/** Writes beside the file, syncs, renames. The new file has `mode`: 0600 unless given, whatever the old one had. */
export async function writeFileAtomic(path: string, content: string | Buffer, mode = 0o600): Promise<void> {
  await writeAtomic(path, content, { mode });
}
