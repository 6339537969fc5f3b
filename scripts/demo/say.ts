/** What a demonstration says between the commands; the commands speak for themselves. */
export function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

export function sayCommand(words: readonly string[]): void {
  process.stdout.write(`\n$ sanctl ${words.join(' ')}\n`);
}
