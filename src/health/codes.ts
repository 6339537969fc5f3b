/** Codes that every kind has one of; a table of them stands where they are used, so that docs/diagnostics.md lists them. Pure. */

/** `drift/volume-group` of the kind `volumeGroup`, with its summary. Throws when the table has none: a new kind needs its line. */
export function codeOf(
  area: string,
  kind: string,
  table: Readonly<Record<string, string>>,
): readonly [code: string, summary: string] {
  const code = `${area}/${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const summary = table[code];
  if (summary === undefined) throw new Error(`src/health/${area}.ts has no line for ${code}`);
  return [code, summary];
}
