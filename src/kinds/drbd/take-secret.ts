/** The step by which the kernel of one side takes the secret of its file, whatever the connection is then. */
import type { StepDraft } from '../verdict.ts';
import * as ask from './ask.ts';
import * as scripts from './scripts.ts';
import type { Side } from './side.ts';
import type { Known } from './steps.ts';

/** Not asked again whether it is connected: once one side has the new secret, the other one needs it all the more without. */
export function takeSecret({ volume: { name } }: Known, { node }: Side, needs: readonly string[]): StepDraft {
  return {
    verb: 'new-secret',
    node,
    title: `have the kernel ask for the new secret from the next connection of ${name} on`,
    needs,
    danger: 'none',
    guards: ask.mayAdjust(name),
    actions: [scripts.adjust(name)],
    reason:
      'the connection that stands is not cut, both copies go on; lost before both sides have it, it does not come back by itself',
  };
}

export function idsOf(drafts: readonly StepDraft[]): readonly string[] {
  return drafts.map(({ node, verb }) => `${node}#${verb}`);
}
