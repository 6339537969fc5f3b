/** What the switch does to the frames between two nodes. Pure: time and chance are handed in. */

export interface Link {
  readonly cut: boolean;
  /** Added to each frame, in each direction. */
  readonly delayMilliseconds: number;
  /** Share of frames that is lost, 0 to 100. */
  readonly dropPercent: number;
}

const healthy: Link = { cut: false, delayMilliseconds: 0, dropPercent: 0 };

/** A change to one link; what is not named stays as it is. */
export type LinkChange = Partial<Link>;

export type Verdict = { readonly pass: false } | { readonly pass: true; readonly afterMilliseconds: number };

/** The links that are not healthy, by pair; `segment` undefined means all segments. */
export class Links {
  readonly #links = new Map<string, Link>();

  set(a: string, b: string, segment: string | undefined, change: LinkChange): void {
    const key = pairKey(a, b, segment);
    const link = { ...(this.#links.get(key) ?? healthy), ...change };
    if (link.cut || link.delayMilliseconds > 0 || link.dropPercent > 0) this.#links.set(key, link);
    else this.#links.delete(key);
  }

  /** One pair on all its segments, or everything. */
  heal(pair?: readonly [string, string]): void {
    const start = pair === undefined ? '' : pairKey(pair[0], pair[1], undefined);
    for (const key of this.#links.keys()) if (key.startsWith(start)) this.#links.delete(key);
  }

  /** `chance` is a number from 0 to 1. */
  judge(from: string, to: string, segment: string, chance: number): Verdict {
    if (this.#links.size === 0) return { pass: true, afterMilliseconds: 0 };
    const links = [undefined, segment].map((where) => this.#links.get(pairKey(from, to, where)) ?? healthy);
    if (links.some((link) => link.cut || chance * 100 < link.dropPercent)) return { pass: false };
    return { pass: true, afterMilliseconds: Math.max(...links.map((link) => link.delayMilliseconds)) };
  }

  list(): readonly LinkState[] {
    return [...this.#links].map(([key, link]) => {
      const [a = '', b = '', segment = ''] = key.split(' ');
      return { a, b, ...(segment === '' ? {} : { segment }), ...link };
    });
  }
}

export interface LinkState extends Link {
  readonly a: string;
  readonly b: string;
  /** Absent: on all segments. */
  readonly segment?: string;
}

/** The same for both directions. The blank at the end keeps `a b` from being the start of `a bc`. */
function pairKey(a: string, b: string, segment: string | undefined): string {
  const [first, second] = a < b ? [a, b] : [b, a];
  return `${first} ${second} ${segment ?? ''}`;
}
