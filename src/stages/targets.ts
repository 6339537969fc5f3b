/** Words of the command line to machines: nothing names them but ssh. Pure, but for the folder that paths count from. */
import { resolve } from 'node:path';
import { isLocalPath, isSshHost, isUser } from '../adopt/names.ts';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import type { Node } from '../kinds/site.ts';

export function targetsOf(words: readonly string[], sshConfig: string | undefined): Result<readonly Node[]> {
  const configFile = sshConfig === undefined || sshConfig.startsWith('~/') ? sshConfig : resolve(sshConfig);
  const wrong: Diagnostic[] = [];
  if (configFile !== undefined && !isLocalPath(configFile)) wrong.push(badWord(`--ssh-config ${configFile}`));
  const nodes = [...new Set(words)].flatMap((word): readonly Node[] => {
    const ssh = targetOf(word);
    if (ssh === undefined) wrong.push(badWord(word));
    const config = configFile === undefined ? {} : { configFile };
    return ssh === undefined ? [] : [{ name: word, address: '', ssh: { ...ssh, ...config } }];
  });
  return wrong.length > 0 ? failed(...wrong) : ok(nodes);
}

/** `[user@]host[:port]`; an IPv6 address with a port stands in brackets. */
function targetOf(word: string): SshTarget | undefined {
  const [, user, bracketed, plain, digits] = /^(?:([^@]+)@)?(?:\[(.+)\]|(.+?))(?::(\d{1,5}))?$/.exec(word) ?? [];
  const six = bracketed === undefined && (plain ?? '').includes(':');
  const host = bracketed ?? (six ? `${plain}${digits === undefined ? '' : `:${digits}`}` : plain) ?? '';
  const port = six || digits === undefined ? undefined : Number(digits);
  const isPort = port === undefined || (port > 0 && port < 65536);
  if (!isSshHost(host) || !isPort || (user !== undefined && !isUser(user))) return undefined;
  return { host, ...(port === undefined ? {} : { port }), ...(user === undefined ? {} : { user }) };
}

function badWord(word: string): Diagnostic {
  return error('usage/bad-target', 'A machine is not named as ssh names it', `\`${word}\``, {
    help: 'A name of `~/.ssh/config`, a host name or an address, with `user@` before and `:port` behind where they are needed.',
  });
}
