/** A screen that is drawn anew in place: over what stands there, in one write, so that nothing flickers. Pure. */

/** The terminal's other page, without a cursor: what stood on it before comes back at the end. */
export const beginPainting = '\u001b[?1049h\u001b[?25l';
export const endPainting = '\u001b[?25h\u001b[?1049l';

/** No line is longer than the page; each erases what was longer, and the last all that was lower. */
export function frame(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`;
}
