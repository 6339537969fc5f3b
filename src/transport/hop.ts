/** One SSH connection to be made: what the inventory says first, what OpenSSH's configuration says for the rest. */
import { homedir, userInfo } from 'node:os';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import { type AskSsh, expandHome } from './ask-ssh.ts';
import { knownName } from './known-hosts.ts';
import { type Place, strictnessIgnored, unsupported } from './refusals.ts';
import type { SshSettings } from './ssh-config.ts';

export interface Hop extends Place {
  readonly user: string;
  /** In the order in which they are tried. */
  readonly identityFiles: readonly string[];
  /** The first so many of them were asked for by the inventory: they go before the agent's other keys. */
  readonly identitiesNamed: number;
  readonly identitiesOnly: boolean;
  /** Socket of the agent; undefined without one. */
  readonly agent: string | undefined;
  /** A new key is added to the first. */
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hashKnownHosts: boolean;
  /** Seconds for the TCP connection, and again for the handshake and the login. */
  readonly patienceSeconds: number;
  /** The hop through which this one is reached. */
  readonly through?: SshTarget;
}

/** Unless ConnectTimeout says otherwise: for emulated hosts, for lines around the world. */
const patienceSeconds = 20;

/** ssh_config(5), TOKENS: those that are the same for everybody who reads the file. Any other leaves the text as it is. */
function expand(
  text: string,
  hop: { host: string; port: number; user: string; target: SshTarget; alias: string | undefined },
): string {
  const values: Readonly<Record<string, string>> = {
    '%%': '%',
    '%d': homedir(),
    '%h': hop.host,
    '%k': hop.alias ?? hop.target.host,
    '%n': hop.target.host,
    '%p': String(hop.port),
    '%r': hop.user,
    '%u': userInfo().username,
  };
  return expandHome(text.replace(/%./g, (token) => values[token] ?? token));
}

export async function resolveHop(target: SshTarget, ask: AskSsh): Promise<Result<Hop>> {
  const { host, port, user, configFile } = target;
  const answer = await ask({
    host,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(configFile === undefined ? {} : { configFile }),
  });
  if (!answer.ok) return answer;
  const wrong = refusals(target, answer.value);
  const warnings = /^(no|off|false|accept-new)$/.test(answer.value.strictHostKeyChecking)
    ? [strictnessIgnored(host, answer.value.strictHostKeyChecking === 'accept-new' ? 'accept-new' : 'no')]
    : [];
  return wrong.length > 0 ? failed(...wrong) : ok(merge(target, answer.value), warnings);
}

function merge(target: SshTarget, config: SshSettings): Hop {
  const alias = target.hostKeyAlias ?? config.hostKeyAlias;
  const basis = { host: config.hostName, port: target.port ?? config.port, user: target.user ?? config.user };
  const path = (text: string) => expand(text, { ...basis, target, alias });
  const named = target.identityFile === undefined ? [] : [target.identityFile];
  const users = target.knownHostsFile === undefined ? config.userKnownHostsFiles : [target.knownHostsFile];
  const jump = firstJump(target, target.proxyJump ?? config.proxyJump);
  return {
    ...basis,
    knownAs: knownName(basis.host, basis.port, alias),
    identityFiles: [...named, ...config.identityFiles].map(path),
    identitiesNamed: named.length,
    identitiesOnly: config.identitiesOnly,
    agent: agentSocket(config.identityAgent, path),
    userKnownHostsFiles: users.map(path),
    globalKnownHostsFiles: config.globalKnownHostsFiles.map(path),
    hashKnownHosts: config.hashKnownHosts,
    patienceSeconds: config.connectSeconds ?? patienceSeconds,
    ...(jump === undefined ? {} : { through: jump }),
  };
}

/**
 * The last host of a ProxyJump list leads to the target, and is itself reached through those before it. It is known by
 * the inventory's known_hosts file and tried with its identity; all else of it is asked of the SSH configuration.
 */
function firstJump(target: SshTarget, list: string | undefined): SshTarget | undefined {
  if (list === undefined || list === '' || list === 'none') return undefined;
  const hops = list.split(',');
  const last = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@]+))(?::(\d+))?$/.exec(hops.at(-1)?.trim() ?? '');
  const before = hops.slice(0, -1).join(',');
  const host = last?.[2] ?? last?.[3] ?? list;
  return {
    host,
    ...(last?.[4] === undefined ? {} : { port: Number(last[4]) }),
    ...(last?.[1] === undefined ? {} : { user: last[1] }),
    ...(before === '' ? {} : { proxyJump: before }),
    ...(target.configFile === undefined ? {} : { configFile: target.configFile }),
    ...(target.knownHostsFile === undefined ? {} : { knownHostsFile: target.knownHostsFile }),
    ...(target.identityFile === undefined ? {} : { identityFile: target.identityFile }),
  };
}

/** `SSH_AUTH_SOCK` unless IdentityAgent says `none`, a path, or a variable. */
function agentSocket(setting: string | undefined, path: (text: string) => string): string | undefined {
  if (setting === 'none') return undefined;
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return process.env['SSH_AUTH_SOCK'];
  return setting.startsWith('$') ? process.env[setting.replace(/^\$\{?|\}$/g, '')] : path(setting);
}

function refusals(target: SshTarget, config: SshSettings): readonly Diagnostic[] {
  const detour = target.proxyJump !== undefined;
  const found = config.unsupported.filter((what) => !(what === 'ProxyCommand' && detour));
  const odd = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles].filter((file) => !/^(~|\/)/.test(file));
  const all = [...found, ...odd.map((file) => `a known_hosts file whose path cannot be understood (${file})`)];
  return all.map((what) => unsupported(target.host, what));
}
