/** A folder with keys, known_hosts and an empty SSH configuration, and nodes that use nothing else of this machine. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../../src/diagnostic.ts';
import type { SshTarget } from '../../../src/kinds/site/node.ts';
import type { Node } from '../../../src/kinds/site.ts';
import { quote } from '../../../src/shell/quote.ts';
import type { Rendered } from '../../../src/shell/render.ts';
import type { Script } from '../../../src/shell/script.ts';
import type { Connection, Listening, Reply, Transport } from '../../../src/transport/connection.ts';
import { transportOver } from '../../../src/transport/reach.ts';
import { secretsOf } from '../../../src/transport/secrets.ts';
import { shakeHands } from '../../../src/transport/ssh.ts';

export interface Place {
  readonly folder: string;
  readonly knownHosts: string;
  readonly config: string;
  readonly identity: string;
  path(name: string): string;
  remove(): void;
}

export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-ssh-'));
  const path = (name: string) => join(folder, name);
  writeFileSync(path('known_hosts'), '');
  writeFileSync(path('config'), `IdentityAgent none\nIdentityFile none\nGlobalKnownHostsFile ${path('global')}\n`);
  keygen(path('id'));
  return {
    folder,
    knownHosts: path('known_hosts'),
    config: path('config'),
    identity: path('id'),
    path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function keygen(path: string, ...more: string[]): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path, ...more]);
}

/** `type base64` of a key file. */
export function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

export function know(place: Place, name: string, key: string, mark = ''): void {
  appendFileSync(place.knownHosts, `${mark}${name} ${key}\n`);
}

export function nodeAt(place: Place, port: number, more: Partial<SshTarget> = {}): Node {
  const { config: configFile, knownHosts: knownHostsFile, identity: identityFile } = place;
  const ssh = { host: '127.0.0.1', port, user: 'root', configFile, knownHostsFile, identityFile, ...more };
  return { name: 'alpha', address: '10.77.0.11', ssh };
}

/** Shell text of a test, in a script that carries free text; what stands after the mark is its stdin. */
const stdinMark = '\n# stdin\n';
export function shell(text: string, stdin?: string): Script {
  return { do: 'journal', operation: stdin === undefined ? text : text + stdinMark + stdin, limit: 1 };
}

export function renderShell(script: Script): Rendered {
  if (script.do !== 'journal') throw new Error('only shell texts here');
  const [text = '', stdin] = (script.operation ?? '').split(stdinMark);
  return { command: `/bin/sh -c ${quote(text)}`, stdin };
}

export interface Choice {
  readonly acceptNewHostKeys?: boolean;
  readonly secrets?: Parameters<typeof secretsOf>[0];
}

/** The real transport, except that scripts are shell texts. */
export function shellTransport({ acceptNewHostKeys = false, secrets = {} }: Choice = {}): Transport {
  return transportOver(shakeHands, renderShell, { acceptNewHostKeys, secrets: secretsOf(secrets) });
}

export async function connected(transport: Transport, node: Node): Promise<Connection> {
  return value(await transport.connect(node));
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((one) => `${one.code}: ${one.detail}`).join('\n'));
  return result.value;
}

export function say(
  connection: Connection,
  text: string,
  more: Partial<Listening> & { stdin?: string } = {},
): Promise<Reply> {
  const { stdin, ...listening } = more;
  return connection.run(shell(text, stdin), { deadlineSeconds: 20, ...listening });
}
