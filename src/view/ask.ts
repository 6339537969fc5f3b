/** A question to the person at the terminal, before anything is touched. */
import { createInterface } from 'node:readline/promises';
import type { Output } from './output.ts';

/** Only the whole word `yes` is a yes; the end of the input is not. */
export function askYes(question: string, input: NodeJS.ReadableStream, output: Output): Promise<boolean> {
  return askFor('yes', question, input, output);
}

/** Only these very words will do. */
export async function askFor(
  words: string,
  question: string,
  input: NodeJS.ReadableStream,
  output: Output,
): Promise<boolean> {
  const lines = createInterface({ input, terminal: false });
  output.write(`${question} `);
  try {
    for await (const line of lines) return line.trim() === words;
    output.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
