/** Times as people write them: `30s`, `2min`. src/quantity.ts reads them. */
import { durationPattern } from '../../quantity.ts';

/** How long something is waited for, or for ever. */
export const timeout = {
  type: 'string',
  pattern: `^(none|${durationPattern})$`,
  patternErrorMessage: 'a time such as 30s or 2min, or `none`',
} as const;
