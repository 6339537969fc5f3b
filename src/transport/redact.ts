/**
 * Hides secrets by value, wherever a node or a program prints them (safety.md 4.4): as they are, quoted for a shell,
 * escaped for JSON, and in base64 at any of its three alignments, also wrapped over lines.
 *
 * Base64 is hidden by other base64, so that a line of our own protocol that carries it stays readable.
 */
export type Redact = (text: string) => string;

/** Stands where a secret stood. No whitelist of any value accepts it, so it cannot be taken for one. */
export const hidden = '(hidden)';

/** Shorter secrets could not be told from chance in base64, nor from ordinary words. */
export const shortestSecret = 6;

export function redactor(values: Iterable<string>): Redact {
  const whole = [...values].flatMap((value) => [value, ...longLines(value)]);
  if (whole.length === 0) return (text) => text;
  const plain = alternatives(whole.flatMap(spellings));
  const encoded = new RegExp(whole.flatMap(base64Patterns).sort(longestFirst).join('|'), 'g');
  return (text) => text.replace(plain, hidden).replace(encoded, maskBase64);
}

/** The lines of a key file are printed one by one as often as together. */
function longLines(value: string): string[] {
  return value.split(/\r?\n/).filter((line) => line.length >= shortestSecret && line !== value);
}

function spellings(value: string): string[] {
  const quoted = inQuotes(value);
  const json = JSON.stringify(value).slice(1, -1);
  const byPython = value.replaceAll("'", `'"'"'`);
  return [value, quoted, inQuotes(quoted), byPython, json];
}

/** As it stands between the quotes that `quote` puts around it. */
function inQuotes(value: string): string {
  return value.replaceAll("'", `'\\''`);
}

/** A pattern for each alignment: the characters that the secret alone decides, and the rest of their groups of four. */
function base64Patterns(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    const core = [...text.slice(from, to)].map(base64Character).join('\\r?\\n?');
    return `[A-Za-z0-9+/_-]{0,${from}}${core}[A-Za-z0-9+/_-]{0,${(4 - (to % 4)) % 4}}={0,2}`;
  });
}

/** Either alphabet of RFC 4648. */
function base64Character(character: string): string {
  if (character === '+' || character === '-') return '[+-]';
  return character === '/' || character === '_' ? '[/_]' : character;
}

/** `KioqKioq` decodes to asterisks; line ends and padding keep their places. */
function maskBase64(found: string): string {
  let at = 0;
  return found.replace(/[^\r\n]/g, (character) => (character === '=' ? '=' : ('Kioq'[at++ % 4] ?? '')));
}

function alternatives(texts: readonly string[]): RegExp {
  const escaped = [...new Set(texts)].sort(longestFirst).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}

function longestFirst(a: string, b: string): number {
  return b.length - a.length;
}
