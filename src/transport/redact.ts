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
  const cores = whole.flatMap(coresOf).sort((a, b) => a.text.length - b.text.length);
  return (text) => text.replace(plain, hidden).replace(base64Run, (run) => maskRun(run, cores));
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

/** What a secret alone decides of its base64, at one alignment; and how many characters beside it belong to its groups of four. */
interface Core {
  readonly text: string;
  readonly before: number;
  readonly after: number;
}

/** No expression for each of them: those of a few key files would be too large for the engine. */
function coresOf(value: string): readonly Core[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    return { text: text.slice(from, to), before: from, after: (4 - (to % 4)) % 4 };
  });
}

/** Either alphabet of RFC 4648, also wrapped over lines. */
const base64Run = /[A-Za-z0-9+/_-][A-Za-z0-9+/_\r\n-]{6,}/g;

function maskRun(run: string, cores: readonly Core[]): string {
  const places = [...run].flatMap((character, at) => (/[\r\n]/.test(character) ? [] : [at]));
  const compact = run
    .replace(/[\r\n]/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const secret = new Set<number>();
  for (const { text, before, after } of cores) {
    if (text.length > compact.length) break;
    for (let at = compact.indexOf(text); at >= 0; at = compact.indexOf(text, at + 1))
      for (let one = Math.max(0, at - before); one < Math.min(compact.length, at + text.length + after); one++)
        secret.add(one);
  }
  if (secret.size === 0) return run;
  const masked = [...run];
  let inGroup = 0;
  for (const [index, place] of places.entries()) {
    inGroup = secret.has(index) ? inGroup : 0;
    // `KioqKioq` decodes to asterisks; line ends keep their places.
    if (secret.has(index)) masked[place] = 'Kioq'[inGroup++ % 4] ?? '';
  }
  return masked.join('');
}

function alternatives(texts: readonly string[]): RegExp {
  const escaped = [...new Set(texts)].sort(longestFirst).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}

function longestFirst(a: string, b: string): number {
  return b.length - a.length;
}
