/** What is known to be unsafe is not run on nodes by accident: an interlock, for as long as docs/unproven.md has entries. */
import { type Diagnostic, error } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The word of somebody who rehearses on nodes that may lose all they have. */
const word = 'SANCTL_UNPROVEN';

/** Undefined: nothing of the site is unproven, or somebody has said the word. */
export function unproven(
  site: Pick<Site, 'images' | 'exports' | 'arrays' | 'cluster' | 'heartbeat'>,
  env: Environment,
): Diagnostic | undefined {
  const named = (['images', 'exports', 'arrays'] as const).filter((name) => Object.keys(site[name]).length > 0);
  const sections = [...named, ...(site.cluster === undefined && site.heartbeat === undefined ? [] : ['cluster'])];
  if (sections.length === 0 || env[word] === 'lab') return undefined;
  const detail = `${sections.map((name) => `\`${name}\``).join(', ')}: ways to lose data by them are known and not closed yet; docs/unproven.md lists them. Nothing was touched.`;
  return error('apply/unproven', 'Parts of this inventory are not safe enough yet', detail, {
    help: `\`sanctl plan\` shows what would be done. In the lab, on nodes that may lose everything: \`${word}=lab\` in the environment.`,
  });
}
