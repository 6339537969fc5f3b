/** Secrets of the inventory: read when they are first needed, kept in memory only, hidden in all that is said. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { SecretShape, SecretSource } from '../kinds/site/secrets.ts';
import { run } from './local.ts';
import { type Redact, redactor, shortestSecret } from './redact.ts';

export interface Secrets {
  /** Reads what was not read yet. Every secret that cannot be read is told, none is guessed empty. */
  load(names: Iterable<string>): Promise<Result<undefined>>;
  /** Undefined until it was loaded. */
  value(name: string): string | undefined;
  /** Hides every value read so far. */
  readonly redact: Redact;
}

/** Longest secret, in bytes: a key file is a few KiB. */
const longestSecret = 64 * 1024;
/** A password manager may ask a person; nobody waits longer than this. */
const commandSeconds = 120;

/** A value that does not have its shape is refused before anything is sent: it would break the file that it goes into. */
export function secretsOf(
  sources: Readonly<Record<string, SecretSource>>,
  shapes: ReadonlyMap<string, SecretShape> = new Map(),
): Secrets {
  const values = new Map<string, string>();
  const reading = new Map<string, Promise<Diagnostic | undefined>>();
  let redact: Redact = redactor([]);

  async function read(name: string): Promise<Diagnostic | undefined> {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    const got =
      source === undefined ? { why: 'the inventory does not say where it comes from' } : await readSource(source);
    const refusal = 'why' in got ? got.why : unusable(got.value, shapes.get(name));
    if (refusal !== undefined || 'why' in got) return unreadable(name, source, refusal ?? '');
    values.set(name, got.value);
    redact = redactor(values.values());
    return undefined;
  }

  function once(name: string): Promise<Diagnostic | undefined> {
    const started = reading.get(name) ?? read(name).finally(() => reading.delete(name));
    reading.set(name, started);
    return started;
  }

  return {
    async load(names) {
      const troubles = await Promise.all([...new Set(names)].filter((name) => !values.has(name)).map(once));
      const found = troubles.filter((one) => one !== undefined);
      return found.length === 0 ? ok(undefined) : failed(...found);
    },
    value: (name) => values.get(name),
    redact: (text) => redact(text),
  };
}

/** The names of all secrets that a piece of plain data refers to: a script, a content, a command. */
export function secretNames(data: unknown): ReadonlySet<string> {
  if (Array.isArray(data)) return new Set(data.flatMap((one) => [...secretNames(one)]));
  if (typeof data !== 'object' || data === null) return new Set();
  const entries: [string, unknown][] = Object.entries(data);
  const [key, value] = entries[0] ?? [];
  if (entries.length === 1 && key === 'secret' && typeof value === 'string') return new Set([value]);
  return new Set(entries.flatMap(([, one]) => [...secretNames(one)]));
}

type Read = { readonly value: string } | { readonly why: string };

async function readSource(source: SecretSource): Promise<Read> {
  if ('env' in source) {
    const value = process.env[source.env];
    return value === undefined ? { why: `the variable ${source.env} is not set` } : { value };
  }
  if ('file' in source) return readSecretFile(source.file, firstLine);
  if ('pem' in source) return readSecretFile(source.pem, wholePem);
  const ran = await run(source.command, { timeoutSeconds: commandSeconds });
  if (ran.code === undefined && ran.signal === undefined)
    return { why: `${source.command[0]} could not be started: ${ran.stderr}` };
  // What the program printed is not shown: it may be half of the secret.
  if (ran.code !== 0) return { why: `${source.command[0]} ended with ${ran.code ?? ran.signal ?? 'no exit status'}` };
  return { value: firstLine(ran.stdout) };
}

/** The mode is asked of the open file, so that it is the one that is read. */
async function readSecretFile(name: string, part: (text: string) => string | undefined): Promise<Read> {
  const path = name.replace(/^~(?=\/)/, homedir());
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { mode, size } = await file.stat();
      if ((mode & 0o170000) !== constants.S_IFREG) return { why: `${path} is not a file` };
      if ((mode & 0o077) !== 0) return { why: `others can read ${path}; \`chmod 600 ${path}\` first` };
      if (size > longestSecret) return { why: `${path} is larger than ${longestSecret} bytes` };
      const value = part(await file.readFile('utf8'));
      return value === undefined ? { why: `${path} does not end as a certificate or a key does` } : { value };
    } finally {
      await file.close();
    }
  } catch (cause) {
    return { why: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Password managers keep notes below the secret, and editors end a file with a newline that is no part of it. */
function firstLine(text: string): string {
  return text.replace(/\r?\n[\s\S]*$/, '');
}

/** RFC 7468: a block ends with a line of its own. Its last newline is the file's that it goes into. */
function wholePem(text: string): string | undefined {
  return /\n-----END [A-Z0-9 ]+-----\s*$/.test(text) ? text.trimEnd() : undefined;
}

function unusable(value: string, shape?: SecretShape): string | undefined {
  if (shape !== undefined && !shape.pattern.test(value)) return `it must be ${shape.means}`;
  if (value.length < shortestSecret)
    return `it has fewer than ${shortestSecret} characters and could not be hidden reliably`;
  if (Buffer.byteLength(value) > longestSecret) return `it is longer than ${longestSecret} bytes`;
  return value.includes('\0') || value.includes('\uFFFD') ? 'it is not text' : undefined;
}

function unreadable(name: string, source: SecretSource | undefined, why: string): Diagnostic {
  const from = source === undefined ? '' : ` from ${describe(source)}`;
  const unset = source !== undefined && 'env' in source && process.env[source.env] === undefined;
  const help = unset
    ? `\`export ${source.env}=...\`, in the shell that runs sanctl. Nothing was sent.`
    : 'Nothing was sent; see `secrets` in the inventory reference for where a secret may come from.';
  return error('secret/unreadable', 'Secret cannot be read', `The secret ${name} cannot be read${from}: ${why}.`, {
    help,
  });
}

function describe(source: SecretSource): string {
  if ('env' in source) return 'the environment';
  if ('command' in source) return `the program ${source.command[0]}`;
  return `the file ${'pem' in source ? source.pem : source.file}`;
}
