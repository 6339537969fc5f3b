/** Lines for programs: one object each, with its version; control characters are escaped by JSON itself. */

export function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
