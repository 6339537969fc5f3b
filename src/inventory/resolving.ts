/** What resolving needs everywhere: secrets by name, paths of this machine, sizes in bytes. */
import { isAbsolute, join } from 'node:path';
import type { SecretSource } from '../kinds/site/secrets.ts';
import { parseSize } from '../quantity.ts';
import type { SecretSourceSpec, SecretSpec } from './schema/secret.ts';

export interface Surroundings {
  readonly folder: string;
  /** Gains the sources that stand where they are used. */
  readonly secrets: Record<string, SecretSource>;
  /** Folder of the certificates of exports. */
  readonly certificates: string;
}

/** A source on the spot becomes a secret of its own, under a name that no inventory can give: it begins with `inline.`. */
export function nameSecret(secret: SecretSpec, place: string, { folder, secrets }: Surroundings): string {
  if (typeof secret === 'string') return secret;
  const name = `inline.${place}`;
  secrets[name] = secretSource(secret, folder);
  return name;
}

export function secretSource({ env, file, command }: SecretSourceSpec, folder: string): SecretSource {
  if (env !== undefined) return { env };
  if (file !== undefined) return { file: localPath(file, folder) };
  const [program = '', ...words] = command ?? [];
  return { command: [program, ...words] };
}

/** Absolute, or from the home folder of whoever runs sanctl. */
export function localPath(path: string, folder: string): string {
  return isAbsolute(path) || path.startsWith('~/') ? path : join(folder, path);
}

/** The schema's formats have read every size once before. */
export function bytesOf(size: string): number {
  const bytes = parseSize(size);
  if (bytes === undefined) throw new Error(`the schema let ${size} through as a size`);
  return bytes;
}
