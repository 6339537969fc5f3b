/** Digests of data: equal data, equal digest, in whatever order its keys were written. */
import { createHash } from 'node:crypto';
import type { Digest } from './plan.ts';

export function digest(value: unknown): Digest {
  return `sha256:${createHash('sha256').update(canonical(value)).digest('hex')}`;
}

/** JSON with sorted keys. Maps and sets would vanish in it, so they are our own mistake and thrown. */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof Map || value instanceof Set) throw new Error('a Map or Set has no canonical JSON');
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
