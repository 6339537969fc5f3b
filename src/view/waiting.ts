/** One line that says what is waited for, on a terminal, and is gone when it is over. */

import type { Output } from './output.ts';
import { printable } from './printable.ts';

/** Milliseconds: what is over sooner is not worth a flicker. */
const patience = 400;
const eraseLine = '\r\u001b[K';

export async function meanwhile<T>(stream: Output, what: string, work: Promise<T>): Promise<T> {
  if (stream.isTTY !== true) return work;
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    stream.write(`… ${printable(what)}`.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
  }, patience);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (shown) stream.write(eraseLine);
  }
}
