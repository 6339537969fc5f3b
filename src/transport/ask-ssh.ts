/** Asks OpenSSH what it would do for a host. Its configuration files are read by itself alone: one truth (`ssh -G`). */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { failed, ok, type Result } from '../diagnostic.ts';
import { limit } from './limit.ts';
import { run } from './local.ts';
import { matchesPatterns } from './pattern.ts';
import { configUnreadable } from './refusals.ts';
import { includes, isSpecial, parseSettings, type SshSettings } from './ssh-config.ts';

export interface Question {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** Instead of the user's and the system's files, as `ssh -F`. */
  readonly configFile?: string;
}

export type AskSsh = (question: Question) => Promise<Result<SshSettings>>;

/** Seconds: `Match exec` may run a program of the user's. */
const askSeconds = 30;
/** Levels of `Include`, as OpenSSH allows. */
const deepest = 16;

/** Remembers answers for as long as it lives: one run of sanctl. */
export function askSsh(): AskSsh {
  const answers = new Map<string, Promise<Result<SshSettings>>>();
  const texts = new Map<string, Promise<readonly string[]>>();
  const atOnce = limit(2 * availableParallelism());

  return async (question) => {
    const { configFile, host } = question;
    const read = texts.get(configFile ?? '') ?? configTexts(configFile);
    texts.set(configFile ?? '', read);
    const config = await read;
    const special = config.some((text) => isSpecial(text, host));
    const key = special ? JSON.stringify(question) : (configFile ?? '');
    const general = configFile === undefined ? { host } : { host, configFile };
    const asked = answers.get(key) ?? atOnce(() => ask(special ? question : general, config.length > 0));
    answers.set(key, asked);
    const answer = await asked;
    // The shared answer was given for another host of which no block speaks: all but the name is the same.
    return answer.ok && !special ? ok({ ...answer.value, hostName: host.toLowerCase() }) : answer;
  };
}

async function ask(question: Question, configured: boolean): Promise<Result<SshSettings>> {
  const { host, port, user, configFile } = question;
  const file = configFile === undefined ? undefined : expandHome(configFile);
  const argv = ['ssh', '-G', ...(file === undefined ? [] : ['-F', file])];
  if (port !== undefined) argv.push('-p', String(port));
  if (user !== undefined) argv.push('-l', user);
  const ran = await run([...argv, '--', host], { timeoutSeconds: askSeconds });
  if (ran.code === undefined && !configured && configFile === undefined) return ok(withoutOpenSsh(host));
  const settings = ran.code === 0 ? parseSettings(ran.stdout) : undefined;
  return settings === undefined
    ? failed(configUnreadable(host, file, ran.stderr.trim() || '`ssh -G` gave no answer'))
    : ok(settings);
}

/** A machine without ssh and without any configuration of it: the defaults of ssh_config(5). */
function withoutOpenSsh(host: string): SshSettings {
  return {
    hostName: host.toLowerCase(),
    port: 22,
    user: userInfo().username,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => `~/.ssh/${name}`),
    identitiesOnly: false,
    userKnownHostsFiles: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
    globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    hashKnownHosts: false,
    strictHostKeyChecking: 'ask',
    unsupported: [],
  };
}

/** Texts of all files that OpenSSH would read, included ones too; they only decide how often it is asked. */
async function configTexts(configFile: string | undefined): Promise<readonly string[]> {
  if (configFile !== undefined) return textsOf([expandHome(configFile)], join(homedir(), '.ssh'), 0);
  const user = await textsOf([join(homedir(), '.ssh/config')], join(homedir(), '.ssh'), 0);
  return [...user, ...(await textsOf(['/etc/ssh/ssh_config'], '/etc/ssh', 0))];
}

async function textsOf(paths: readonly string[], folder: string, depth: number): Promise<readonly string[]> {
  if (depth > deepest) return [];
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) return [];
      const named = await Promise.all(includes(text).map((word) => expand(word, folder)));
      // What cannot be followed here may say anything: then OpenSSH is asked for each host.
      const unclear = named.includes(undefined) || depth === deepest ? ['Match all'] : [];
      const inner = await textsOf(
        named.flatMap((one) => one ?? []),
        folder,
        depth + 1,
      );
      return [text, ...unclear, ...inner];
    }),
  );
  return found.flat();
}

/** Paths that an `Include` names, with wildcards in the last part only; undefined when it is written in a richer way. */
async function expand(word: string, folder: string): Promise<readonly string[] | undefined> {
  const path = isAbsolute(word) || word.startsWith('~') ? expandHome(word) : join(folder, word);
  if (/[[\]{}%$\\]/.test(path) || /[*?]/.test(dirname(path)) || path.startsWith('~')) return undefined;
  if (!/[*?]/.test(path)) return [path];
  const names = await readdir(dirname(path)).catch(() => []);
  const pattern = [basename(path).toLowerCase()];
  return names.filter((name) => matchesPatterns(pattern, name.toLowerCase())).map((name) => join(dirname(path), name));
}

export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}
