/** What no text of an inventory may hold, of whatever type (safety.md 4.3). Names that every JavaScript object has are no names. */
import type { Diagnostic } from '../diagnostic.ts';
import { pathText } from './explain.ts';
import { mistake } from './problem.ts';
import { placeOf } from './source.ts';
import { eachText, isSecret, type Path, type Tree } from './tree.ts';

export interface BadText {
  readonly path: Path;
  readonly diagnostic: Diagnostic;
}

export function badTexts(tree: Tree): readonly BadText[] {
  const found: BadText[] = [];
  eachText(tree, (text, span, path) => {
    const why = reason(text);
    if (why === undefined) return;
    const at = placeOf(span, !isSecret(path));
    found.push({
      path: [...path],
      diagnostic: mistake('inventory/bad-text', at, `\`${pathText(path)}\` ${why[0]}.`, why[1]),
    });
  });
  return found;
}

function reason(text: string): readonly [string, string] | undefined {
  if (/[\p{C}\u2028\u2029]/u.test(text))
    return ['holds a control character or another one that cannot be seen', 'Write it again by hand.'];
  if (/^-[\d.]+ *[KMGT]iB$/.test(text)) return ['is a size below nothing', 'Take the hyphen away.'];
  if (text.startsWith('-'))
    return [
      'begins with a hyphen: a program could take it for an option',
      'What needs options goes into a small script of its own.',
    ];
  if (text in Object.prototype) return ['is a word that sanctl keeps for itself', 'Take another name.'];
  return undefined;
}
