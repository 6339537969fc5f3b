/** "Did you mean": the door to fastest-levenshtein. */
import { distance } from 'fastest-levenshtein';

/** Finds the candidate nearest to a word, when one is near. Each word is compared once, however often it is asked for. */
export type Suggest = (word: string) => string | undefined;

export function suggestFrom(candidates: Iterable<string>): Suggest {
  const known = [...candidates];
  const answers = new Map<string, string | undefined>();
  return (word) => {
    if (!answers.has(word)) answers.set(word, nearest(word, known));
    return answers.get(word);
  };
}

/** Near: at most one of three characters is different, or all are there in another order; case does not count. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = Math.ceil(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const far = letters(wanted) === letters(candidate) ? 1 : distance(wanted, candidate.toLowerCase());
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

function letters(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}

/** The sentence for the help of a diagnostic. */
export function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `Did you mean \`${word}\`?`;
}
