/** Where words for people and programs go: stdout or stderr, a terminal or not. */
import type { MaybeTerminal } from './paint.ts';

export interface Output extends MaybeTerminal {
  write(text: string): unknown;
}
