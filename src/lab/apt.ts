/** Where this machine gets Debian packages from, so that the image comes from the same mirror by the same proxy. */
import { run } from '../transport/local.ts';
import { suite } from './recipe.ts';

export interface AptSetup {
  /** `deb URI SUITE COMPONENT` lines; none: mmdebstrap's own default is used. */
  readonly sources: readonly string[];
  /** Lines of apt.conf. */
  readonly options: readonly string[];
}

export async function readAptSetup(): Promise<AptSetup> {
  const targets = await run([
    'apt-get',
    'indextargets',
    '--format',
    'deb $(REPO_URI) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  ]);
  const config = await run(['apt-config', 'dump']);
  return { sources: parseSources(targets.stdout), options: parseOptions(config.stdout) };
}

/** The lines for Debian's suite, its updates and security; not what else the machine installs from. */
export function parseSources(indexTargets: string): readonly string[] {
  const suites = [suite, `${suite}-updates`, `${suite}-security`];
  const found = indexTargets.split('\n').filter((line) => {
    const [deb, uri, release, component] = line.split(' ');
    return deb === 'deb' && uri !== '' && suites.includes(release ?? '') && component === 'main';
  });
  const sources = [...new Set(found)].sort();
  return sources.some((line) => line.split(' ')[2] === suite) ? sources : [];
}

/** How packages are fetched: proxies, and a mirror that is a snapshot and therefore looks stale. */
export function parseOptions(aptConfig: string): readonly string[] {
  return aptConfig
    .split('\n')
    .filter((line) => /^Acquire::((https?|ftp)::)?(Proxy|Check-Valid-Until|Check-Date|Retries)(::\S+)? /i.test(line));
}
