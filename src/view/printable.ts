/**
 * What may reach a terminal. Names and outputs come from files and machines that others write: a control character
 * among them could move the cursor, change the title of the window or hide a line of a plan. Here it becomes visible.
 */

/** C0, DEL, C1, line separators, marks that turn the direction of text, and halves of surrogate pairs. */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line: nothing in it can act on a terminal. */
export function printable(text: string): string {
  return text.replace(unsafe, (one) => short[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Several lines: their ends are kept, all else is made printable. One end at the very end makes no empty line. */
export function printableLines(text: string): readonly string[] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map(printable);
}
