/** Images: files of their own, on a disk that is still there after a boot. */
import type { Diagnostic } from '../../diagnostic.ts';
import { mistake } from '../problem.ts';
import { type Check, entries, usedTwice } from './subject.ts';

/** Folders that are no disk. */
const passing = /^\/(dev|proc|sys|run|tmp)\//;

export const images: Check = (subject) => {
  const all = entries(subject.draft.images);
  const paths = all.flatMap(([name, { node, path }]) =>
    node === undefined || path === undefined
      ? []
      : [{ key: JSON.stringify([node, path]), what: `${path} on ${node}`, path: ['images', name, 'path'] }],
  );
  const lost = all.flatMap(([name, { path }]): readonly Diagnostic[] => {
    if (path === undefined || !passing.test(path)) return [];
    const detail = `\`images.${name}\` would be in ${path}, which does not survive a boot.`;
    return [
      mistake('inventory/unsafe', subject.locate.value('images', name, 'path'), detail, 'Take `/srv`, for example.'),
    ];
  });
  return [...usedTwice(subject, paths, 'A file is one image.'), ...lost];
};
