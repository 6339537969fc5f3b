/** What is measured, and what comes of it. A figure is a ratio unless its hold is not (seconds, megabytes, round trips). */

export interface Figure {
  /** `cold fan-out, 25 nodes: sanctl / raw ssh2 loop`. */
  readonly what: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
  /** None: it only explains another figure. */
  readonly hold?: Hold;
  /** Of the median: `ms`, `MB`, `RTT`; nothing for a ratio. */
  readonly unit?: string;
}

export type Hold = { readonly most: number } | { readonly below: number } | { readonly least: number };

/** What could not be measured here, and why: nothing is left out silently. */
export interface NotRun {
  readonly what: string;
  readonly why: string;
}

export type Finding = Figure | NotRun;

export interface Context {
  /** Counted blocks of each figure, at least 5 for a claim (performance.md, section 6). */
  readonly blocks: number;
  /** One line of progress: arms and their seconds, which explain the ratios and are no claim. */
  readonly say: (line: string) => void;
}

export interface Metric {
  /** Its number in performance.md, section 6. */
  readonly number: number;
  readonly title: string;
  measure(context: Context): Promise<readonly Finding[]>;
}

export function held({ median, hold }: Figure): boolean | undefined {
  if (hold === undefined) return undefined;
  if ('least' in hold) return median >= hold.least;
  return 'most' in hold ? median <= hold.most : median < hold.below;
}

/** A program without which this machine has no baseline. */
export function notRun(what: string, why: string): NotRun {
  return { what, why };
}
