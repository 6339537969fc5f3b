/** What OpenSSH's own configuration says about a host: the answer of `ssh -G`, and whether it must be asked at all. */
import { matchesPatterns } from './pattern.ts';

export interface SshSettings {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly hostKeyAlias?: string;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hashKnownHosts: boolean;
  readonly strictHostKeyChecking: string;
  /** ConnectTimeout, in seconds. */
  readonly connectSeconds?: number;
  /** What is asked for and cannot be honoured: `ProxyCommand`. */
  readonly unsupported: readonly string[];
}

/** Each would send us to, or make us trust, another machine than the one that OpenSSH means. */
const notOurs = {
  proxycommand: 'ProxyCommand',
  revokedhostkeys: 'RevokedHostKeys',
  knownhostscommand: 'KnownHostsCommand',
};

/** Reads the output of `ssh -G`: lines of a keyword in lower case and its value; undefined when it is none. */
export function parseSettings(text: string): SshSettings | undefined {
  const lines = text.split('\n').map((line): [string, string] => {
    const [key = '', ...rest] = line.split(' ');
    return [key, rest.join(' ').trim()];
  });
  const all = (key: string) => lines.filter(([one]) => one === key).map(([, value]) => value);
  const one = (key: string) => all(key).find((value) => value !== 'none' && value !== '');
  const [hostName, port, user] = [one('hostname'), Number(one('port')), one('user')];
  if (hostName === undefined || user === undefined || !Number.isInteger(port)) return undefined;
  const [identityAgent, proxyJump, hostKeyAlias] = [all('identityagent')[0], one('proxyjump'), one('hostkeyalias')];
  const connectSeconds = Number(one('connecttimeout') ?? Number.NaN);
  return {
    ...(connectSeconds > 0 ? { connectSeconds } : {}),
    hostName,
    port,
    user,
    identityFiles: all('identityfile').filter((file) => file !== 'none'),
    identitiesOnly: one('identitiesonly') === 'yes',
    ...(identityAgent === undefined ? {} : { identityAgent }),
    ...(proxyJump === undefined ? {} : { proxyJump }),
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    userKnownHostsFiles: words(one('userknownhostsfile')),
    globalKnownHostsFiles: words(one('globalknownhostsfile')),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    strictHostKeyChecking: one('stricthostkeychecking') ?? 'ask',
    unsupported: Object.entries(notOurs).flatMap(([key, name]) => (one(key) === undefined ? [] : [name])),
  };
}

/**
 * Whether this host may get another answer than a host that no block names. One process for each host is the price of
 * being sure; a thousand hosts that no block names share one answer.
 */
export function isSpecial(config: string, host: string): boolean {
  let general = true;
  for (const line of config.split('\n')) {
    const [keyword = '', ...values] = line.trim().replace('=', ' ').split(/\s+/);
    const key = keyword.toLowerCase();
    if (key === '' || key.startsWith('#')) continue;
    const patterns = values.map((value) => value.replaceAll('"', ''));
    if (key === 'match') return true;
    if (key === 'host') {
      general = patterns.every((pattern) => pattern === '*');
      const named = patterns.some(
        (pattern) => pattern !== '*' && matchesPatterns([pattern.replace(/^!/, '')], host.toLowerCase()),
      );
      if (named) return true;
    } else if (general && (key.startsWith('hostname') || key.startsWith('canonical') || line.includes('%'))) {
      return true;
    }
  }
  return false;
}

/** The files that `Include` names, as they stand there. */
export function includes(config: string): readonly string[] {
  return config.split('\n').flatMap((line) => {
    const found = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    return found === undefined ? [] : words(found).map((word) => word.replaceAll('"', ''));
  });
}

function words(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(/\s+/).filter((word) => word !== '');
}
