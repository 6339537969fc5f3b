/** Folders of an operation on a node. */
import { plainWord } from './frame.ts';
import type { Layout } from './layout.ts';

interface Which {
  readonly operation: string;
  readonly batch: number;
}

export function operationFolder(operation: string, layout: Layout): string {
  return `${layout.state}/ops/${plainWord(operation)}`;
}

export function batchFolder({ operation, batch }: Which, layout: Layout): string {
  return `${operationFolder(operation, layout)}/${batchWord(batch)}`;
}

/** On tmpfs: secrets never reach the disk of the journal. */
export function secretsFolder({ operation, batch }: Which, layout: Layout): string {
  return `${layout.run}/secrets/${plainWord(operation)}/${batchWord(batch)}`;
}

export function batchWord(batch: number): string {
  if (!Number.isSafeInteger(batch) || batch < 1) throw new Error(`not the number of a batch: ${batch}`);
  return String(batch);
}
