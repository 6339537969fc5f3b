/** What a step does, for people: each command exactly as it is sent, marked with `$`, never wrapped: it can be copied. */
import type { Action, WriteFile } from '../shell/command.ts';
import { actionLines, isCommandLine } from '../shell/text.ts';
import { hide } from '../template/content.ts';
import type { Page } from './diagnostics.ts';
import { diffLines, newFileLines } from './diff.ts';
import { printable } from './printable.ts';

export function actionText(action: Action, { paint }: Page): readonly string[] {
  const lines = actionLines(action).flatMap((line, at) =>
    isCommandLine(action, at) ? commandText(line) : [printable(line)],
  );
  if (action.do !== 'write') return lines;
  return [...lines, ...differences(action, paint).map((line) => `  ${line}`)];
}

/** A quoted argument may hold line ends; what follows one is set in, so that it cannot pass for a line of ours. */
function commandText(line: string): readonly string[] {
  return line.split('\n').map((part, at) => `${at === 0 ? '$ ' : '  > '}${printable(part)}`);
}

function differences({ before, was, content }: WriteFile, paint: Page['paint']): readonly string[] {
  const becomes = hide(content);
  if (before === null) return newFileLines(becomes, paint);
  if (was === undefined) return [paint('dim', `(replaces a text that was not read: sha256 ${before.slice(0, 12)}…)`)];
  const lines = diffLines(was, becomes, paint);
  return lines.length > 0 ? lines : [paint('dim', '(only a secret, the owner or the mode differs)')];
}
