/** Certificates of exports, made by the openssl of this machine: an authority of its own for each export, a certificate for each of its nodes. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import { run } from './local.ts';

export interface CertificateWish {
  /** Of the export: the name of its folder. */
  readonly name: string;
  readonly server: string;
  readonly clients: readonly string[];
}

/** Long, because an import that reconnects after its certificate has run out stops: they end by being rotated. */
const days = '3650';

/** What is there stays. Gives the nodes that got one. Everything is 0600 in a folder of 0700. */
export async function makeCertificates(folder: string, wish: CertificateWish): Promise<Result<readonly string[]>> {
  const own = join(folder, wish.name);
  if ([wish.server, ...wish.clients].includes('authority')) return failed(noName(wish.name));
  const names = [wish.server, ...wish.clients].filter(
    (node) => !existsSync(join(own, `${node}.pem`)) || !existsSync(join(own, `${node}.key`)),
  );
  if (names.length === 0) return ok([]);
  await mkdir(own, { recursive: true, mode: 0o700 });
  const authority = existsSync(join(own, 'authority.pem')) ? undefined : await makeAuthority(own, wish.name);
  if (authority !== undefined) return failed(authority);
  if (!existsSync(join(own, 'authority.key'))) return failed(noKey(wish.name, own));
  for (const node of names) {
    const trouble = await makeCertificate(own, node, node === wish.server ? 'serverAuth' : 'clientAuth');
    if (trouble !== undefined) return failed(trouble);
  }
  return ok(names);
}

/** All anew, with a new authority. The old ones stay beside them as `.NAME.before`, which no export can be called, until the next time. */
export async function rotateCertificates(folder: string, wish: CertificateWish): Promise<Result<readonly string[]>> {
  const [own, fresh, before] = [wish.name, `.${wish.name}.new`, `.${wish.name}.before`].map((name) =>
    join(folder, name),
  );
  if (own === undefined || fresh === undefined || before === undefined) throw new Error('three names make three paths');
  await rm(fresh, { recursive: true, force: true });
  const made = await makeCertificates(folder, { ...wish, name: `.${wish.name}.new` });
  if (!made.ok) return made;
  await rm(before, { recursive: true, force: true });
  if (existsSync(own)) await rename(own, before);
  await rename(fresh, own);
  return made;
}

async function makeAuthority(own: string, name: string): Promise<Diagnostic | undefined> {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const config = await configure(own, extensions);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'authority.key'];
  const subject = ['-subj', `/CN=sanctl export ${name.replace(/^\.|\.new$/g, '')}`.slice(0, 60)];
  return openssl(own, ['req', '-x509', '-config', config, ...key, '-out', 'authority.pem', '-days', days, ...subject]);
}

async function makeCertificate(own: string, node: string, use: string): Promise<Diagnostic | undefined> {
  const config = await configure(own, [
    'basicConstraints=critical,CA:FALSE',
    `extendedKeyUsage=${use}`,
    `subjectAltName=DNS:${node}`,
  ]);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${node}.key`];
  const serial = `0x${randomBytes(15).toString('hex')}`;
  return (
    (await openssl(own, ['req', '-new', '-config', config, ...key, '-out', `${node}.csr`, '-subj', `/CN=${node}`])) ??
    (await openssl(own, [
      ...['x509', '-req', '-in', `${node}.csr`, '-CA', 'authority.pem', '-CAkey', 'authority.key', '-days', days],
      ...['-set_serial', serial, '-extfile', config, '-extensions', 'own', '-out', `${node}.pem`],
    ]))
  );
}

/** Nothing of the system's openssl.cnf comes in. */
async function configure(own: string, extensions: readonly string[]): Promise<string> {
  const text = ['[req]', 'distinguished_name=name', 'x509_extensions=own', '[name]', '[own]', ...extensions, ''];
  await writeFile(join(own, 'openssl.cnf'), text.join('\n'), { mode: 0o600 });
  return 'openssl.cnf';
}

async function openssl(cwd: string, words: readonly string[]): Promise<Diagnostic | undefined> {
  const ran = await run(['sh', '-c', 'umask 077 && exec openssl "$@"', 'sh', ...words], { cwd, timeoutSeconds: 60 });
  if (ran.code === 0) return undefined;
  const why = ran.stderr.trim().split('\n').at(-1) ?? '';
  return error('certificates/openssl', 'A certificate cannot be made', `openssl ${words[0]} in ${cwd}: ${why}.`, {
    help: 'Nothing on any node was touched. It takes the program `openssl`, 1.1.1 or newer, on this machine.',
  });
}

function noName(name: string): Diagnostic {
  return error(
    'certificates/name',
    'A node has the name of a file of its certificates',
    `exports.${name}: the key of the node \`authority\` would take the place of the authority's.`,
    { help: 'Call the node otherwise, or say `tls: none`.' },
  );
}

function noKey(name: string, own: string): Diagnostic {
  return error(
    'certificates/no-key',
    'An authority has no key here',
    `${own} has authority.pem, but not authority.key.`,
    {
      help: `Put the key there, or make all certificates of ${name} anew: \`sanctl certificates rotate ${name}\`.`,
    },
  );
}
