/** Shell text of everything that sanctl says to a node: POSIX sh, tried with dash. Answers: docs/protocol.md. */
import { batchScript } from './batch.ts';
import { claimText, releaseText, renewText, stopText } from './claim.ts';
import type { SecretRef } from './command.ts';
import { feedScript } from './feed.ts';
import { followScript } from './follow.ts';
import { framed, type Rendered } from './frame.ts';
import { journalText } from './journal.ts';
import { keepScript } from './keep.ts';
import { type Layout, nodeLayout } from './layout.ts';
import { observeText } from './observe.ts';
import { readText } from './read.ts';
import type { Script } from './script.ts';
import { sumsText } from './sums.ts';

export type { Rendered } from './frame.ts';

/** `secretOf` is asked only for secrets that a batch names; their values stand in `stdin` and nowhere else. */
export function render(script: Script, secretOf: (ref: SecretRef) => string, layout: Layout = nodeLayout): Rendered {
  if (script.do === 'batch') return batchScript(script, secretOf, layout);
  if (script.do === 'feed') return feedScript(script, layout);
  if (script.do === 'keep') return keepScript(script, layout);
  return framed(bodyOf(script, layout), layout);
}

function bodyOf(script: Exclude<Script, { do: 'batch' | 'feed' | 'keep' }>, layout: Layout): string {
  switch (script.do) {
    case 'observe':
      return observeText(script);
    case 'claim':
      return claimText(script, layout);
    case 'follow':
      return followScript(script, layout);
    case 'read':
      return readText(script);
    case 'sums':
      return sumsText(script);
    case 'renew':
      return renewText(script, layout);
    case 'release':
      return releaseText(script, layout);
    case 'stop':
      return stopText(script, layout);
    case 'journal':
      return journalText(script, layout);
  }
}
