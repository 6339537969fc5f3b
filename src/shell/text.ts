/**
 * What a plan shows of a step. A command stands here exactly as it stands in the script that the node receives, which
 * is built from the same functions (steps.ts); a property test compares the two.
 */

import { formatSeconds, formatSize } from '../quantity.ts';
import type { Action, Command, Content, Guard } from './command.ts';
import { expectationText } from './expect.ts';
import { checkLine } from './file.ts';
import { commandLine } from './quote.ts';

/** The lines of an action. A quoted argument may hold a newline: then the line of its command does too. */
export function actionLines(action: Action): readonly string[] {
  switch (action.do) {
    case 'run':
      return [commandLine(action.command.argv), ...stdinLines(action.command), ...acceptLines(action.accept)];
    case 'write':
      return [
        `write ${action.path} (mode ${action.mode}, ${sizeOf(action.content)})`,
        ...(action.check === undefined ? [] : [checkLine(action.check, action.path)]),
      ];
    case 'remove':
      return [`remove ${action.path}`];
    case 'wait':
      return [
        `wait until ${action.what}, at most ${formatSeconds(action.timeoutSeconds)}:`,
        commandLine(action.command.argv),
        ...stdinLines(action.command),
      ];
    case 'fill':
      return [
        `fill ${action.device} with ${action.image.path} (${action.image.format}, ${formatSize(action.bytes)}, sha256 ${action.image.sha256})`,
        `  stretches of zeros are ${action.zeros === 'write' ? 'written there' : 'left out: nothing was ever written there'}; then it is read back and compared`,
      ];
  }
}

/** Which of those lines a node runs: the first of a command, the second of a wait and of a file that is checked. */
export function isCommandLine(action: Action, line: number): boolean {
  if (action.do === 'run') return line === 0;
  return line === 1 && (action.do === 'wait' || action.do === 'write');
}

/** `lvs … vg0/root: prints "…" (it is the same volume)`. */
export function guardLine({ ask, expect, proves }: Guard): string {
  return `${commandLine(ask.argv)}: ${expectationText(expect)} (${proves})`;
}

function stdinLines({ stdin }: Command): readonly string[] {
  if (stdin === undefined) return [];
  if (typeof stdin === 'object') return [`  with the secret ${stdin.secret} as its input`];
  return stdin.split('\n').map((line) => `  < ${line}`);
}

function acceptLines(accept: readonly number[] | undefined): readonly string[] {
  return accept === undefined ? [] : [`  succeeds with exit status ${accept.join(' or ')}`];
}

function sizeOf(content: Content): string {
  const text = content.map((part) => (typeof part === 'string' ? part : 'secret')).join('');
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return lines === 1 ? '1 line' : `${lines} lines`;
}
