/** For the verbs that show one sort of thing over the whole site: the inventory, and the facts of every node that answers. */
import { type Diagnostic, type ExitCode, exitCode } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import type { Session } from '../session/program.ts';
import { reachOf } from './line.ts';
import { lookAtEach, type Seen } from './looking.ts';
import { loadSite } from './site.ts';

export interface OverviewOptions {
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export interface Overview {
  readonly site: Site;
  readonly facts: Seen['facts'];
  /** What kept nodes from answering: said after what is shown. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Undefined: a mistake in the inventory, which was reported. */
export async function overview(
  session: Session,
  path: string | undefined,
  options: OverviewOptions,
): Promise<Overview | undefined> {
  const loaded = await loadSite(session, path);
  session.screen(options).report(loaded.diagnostics);
  if (!loaded.ok) return undefined;
  const { site } = loaded.value;
  return { site, ...(await lookAtEach(session, site, reachOf(session, site, options.acceptNewHostKeys))) };
}

/** What is wrong is a finding, as of `status`; where somebody could not be read, that is no answer at all (C5). */
export function overviewExit({ site, facts }: Overview, isRead: boolean, isWell: boolean): ExitCode {
  if (!isRead || facts.size < Object.keys(site.nodes).length) return exitCode.refused;
  return isWell ? exitCode.done : exitCode.pending;
}
