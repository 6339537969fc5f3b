/** How much runs at the same time: the door to p-limit. */
import pLimit from 'p-limit';

export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** Work given to it waits until fewer than `atOnce` pieces of it run. */
export function limit(atOnce: number): Limit {
  const queue = pLimit(atOnce);
  return (work) => queue(work);
}
