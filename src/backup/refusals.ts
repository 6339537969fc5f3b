/** Why a backup is not made, or not taken for good, and what to do. */
import { type Diagnostic, error } from '../diagnostic.ts';
import { partBytes } from '../shell/fill.ts';

export function isThere(path: string): Diagnostic {
  return error('backup/is-there', 'There is a backup of that name', `${path} is there already.`, {
    help: '`sanctl backup verify` says whether it is whole. For another copy, name another folder with `--to`.',
  });
}

export function ofAnother(folder: string): Diagnostic {
  return error(
    'backup/of-another',
    'A backup that was begun is of another snapshot',
    `${folder} was begun of other snapshots, or of disks of another size (C3): nothing is added to it.`,
    { help: 'Name another folder with `--to`; or look at that one, and remove it if nobody needs it.' },
  );
}

export function notWritable(path: string, why: string): Diagnostic {
  return error('backup/not-written', 'A backup cannot be written', `${path}: ${why}.`, {
    help: 'Make room for it there, or name another folder with `--to`, one that is there. What came so far stays, and the same command goes on.',
  });
}

export function busy(path: string, who: string): Diagnostic {
  return error('backup/busy', 'A backup is being made by somebody else', `${path} is held by ${who}.`, {
    help: 'Wait for its end.',
  });
}

export function snapshotChanged(node: string, why: string): Diagnostic {
  return error(
    'backup/snapshot-changed',
    'A snapshot is not the one that it was',
    `On ${node}: ${why}. It was removed, made anew, put back into its origin, or has overflowed (L5).`,
    {
      help: 'What came so far stays in the folder `.partial` and is worth nothing alone. Make another set, and a backup of that.',
    },
  );
}

export function notRead(node: string, why: string): Diagnostic {
  return error('backup/not-read', 'A snapshot could not be read', `On ${node}: ${why}.`, {
    help: 'What came so far stays, and the same command goes on.',
  });
}

export function lineLost(node: string, why: string): Diagnostic {
  const detail = `The line to ${node}: ${why}. It was not found again in time.`;
  return error('backup/line-lost', 'A backup was cut off', detail, {
    help: 'What came so far stays, and the same command goes on.',
  });
}

export function interrupted(folder: string): Diagnostic {
  return error('backup/interrupted', 'A backup was interrupted', `${folder} has what came so far.`, {
    help: 'The same command goes on with it.',
  });
}

export function notWholeYet(path: string): Diagnostic {
  return error('backup/not-whole', 'A backup is not whole', `${path} was begun, and has not come to its end.`, {
    help: 'The command that began it goes on with it, as long as its snapshots are there.',
  });
}

export function noManifest(path: string, why: string): Diagnostic {
  return error('backup/no-manifest', 'A backup cannot be read', `${path}/manifest.json: ${why}.`, {
    help: 'Take another copy of it.',
  });
}

export function noBackup(path: string): Diagnostic {
  return error('backup/none', 'There is no backup', `${path} is none, and none is in it.`, {
    help: 'Name the folder that `--to` had, or one of a backup.',
  });
}

export function notReadable(path: string, why: string): Diagnostic {
  return error('backup/not-readable', 'A disk of a backup cannot be read', `${path}: ${why}.`, {
    help: 'Take another copy of it.',
  });
}

export function otherLength(path: string, bytes: number, now: number): Diagnostic {
  return error(
    'backup/other-length',
    'A disk of a backup was cut or has grown',
    `${path} has ${now} bytes; the disk had ${bytes}.`,
    { help: 'Nothing of it is to be restored. Take another copy of it.' },
  );
}

export function otherParts(path: string, parts: readonly number[]): Diagnostic {
  const places = ranges(parts).map(([first, last]) => (first === last ? `part ${first}` : `parts ${first} to ${last}`));
  const shown = places.slice(0, 10).join(', ') + (places.length > 10 ? `, and ${places.length - 10} more places` : '');
  return error(
    'backup/other-parts',
    'A disk of a backup is not what was read from its snapshot',
    `${path}: ${shown}. A part is ${partBytes} bytes, and the first one is 0.`,
    { help: 'Nothing of it is to be restored. Take another copy of it.' },
  );
}

export function otherSum(path: string): Diagnostic {
  return error(
    'backup/other-sum',
    'A manifest contradicts itself',
    `${path}: every part is as the manifest says, and the whole is not. The manifest was changed.`,
    { help: 'Nothing of it is to be restored. Take another copy of it.' },
  );
}

/** Stretches without a gap. */
function ranges(numbers: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const found: [number, number][] = [];
  for (const one of numbers) {
    const open = found.at(-1);
    if (open !== undefined && open[1] === one - 1) open[1] = one;
    else found.push([one, one]);
  }
  return found;
}
