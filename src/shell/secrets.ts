/** Which secrets a step needs on its node. */

import type { Step } from '../step.ts';
import type { Command, Content, SecretRef } from './command.ts';

/** Each once, in the order in which the steps name them. */
export function secretsOf(steps: readonly Step[]): readonly SecretRef[] {
  const named = steps.flatMap(({ guards, actions }) => [
    ...guards.flatMap(({ ask }) => ofCommand(ask)),
    ...actions.flatMap((action) => {
      if (action.do === 'write') return ofContent(action.content);
      return 'command' in action ? ofCommand(action.command) : [];
    }),
  ]);
  return [...new Set(named)].map((secret) => ({ secret }));
}

function ofCommand({ stdin }: Command): readonly string[] {
  return typeof stdin === 'object' ? [stdin.secret] : [];
}

function ofContent(content: Content): readonly string[] {
  return content.flatMap((part) => (typeof part === 'string' ? [] : [part.secret]));
}
