/** A set of bytes as ranges: DRBD's bitmap of what is out of sync. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export class Ranges {
  #list: Range[] = [];

  static of(start: number, end: number): Ranges {
    const all = new Ranges();
    all.add(start, end);
    return all;
  }

  get list(): readonly Range[] {
    return this.#list;
  }

  get bytes(): number {
    return this.#list.reduce((sum, one) => sum + one.end - one.start, 0);
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    const touching = this.#list.filter((one) => one.end >= start && one.start <= end);
    const apart = this.#list.filter((one) => one.end < start || one.start > end);
    const all = [...touching, { start, end }];
    const whole = { start: Math.min(...all.map((one) => one.start)), end: Math.max(...all.map((one) => one.end)) };
    this.#list = [...apart, whole].sort((a, b) => a.start - b.start);
  }

  remove(start: number, end: number): void {
    this.#list = this.#list.flatMap((one) => {
      if (one.end <= start || one.start >= end) return [one];
      const left = { start: one.start, end: Math.min(one.end, start) };
      const right = { start: Math.max(one.start, end), end: one.end };
      return [left, right].filter((rest) => rest.end > rest.start);
    });
  }

  has(at: number): boolean {
    return this.#list.some((one) => at >= one.start && at < one.end);
  }

  clear(): void {
    this.#list = [];
  }
}
